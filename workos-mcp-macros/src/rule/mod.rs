//! The grammar of the rule that a guard checks, shared by both attributes.

mod kind;
mod name;
mod operators;
mod read;
mod siblings;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Ident, spanned::Spanned};

use self::kind::Kind;
use crate::{diagnostics::Diagnostics, paths::Library};

/// What must hold, besides that somebody is signed in.
#[derive(Default)]
pub(crate) struct Rule {
    needs: Vec<Need>,
}

/// One thing that must hold.
enum Need {
    /// Some organization, whichever it is.
    Organization(Ident),
    Names {
        kind: &'static Kind,
        names: Vec<Expr>,
    },
    Any(Vec<Need>),
    All(Vec<Need>),
}

impl Rule {
    /// Reads the arguments. What is wrong with them is told; what is right counts.
    pub(crate) fn read(arguments: TokenStream, problems: &mut Diagnostics) -> (Library, Self) {
        let (library, needs) = read::arguments(arguments, problems);
        (library.unwrap_or_default(), Self { needs })
    }

    /// Whether it asks for no more than a session.
    pub(crate) fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }

    /// Whether WorkOS may have to be asked about it.
    pub(crate) fn is_asked(&self) -> bool {
        self.needs.iter().any(Need::is_asked)
    }

    /// What a tool's metadata has to carry, if anything.
    pub(crate) fn to_carry(&self, library: &Library) -> Option<TokenStream> {
        (!self.is_empty()).then(|| self.to_expression(library))
    }

    /// As an expression of the type `&[Need]`.
    pub(crate) fn to_expression(&self, library: &Library) -> TokenStream {
        let needs = self.needs.iter().map(|need| need.to_expression(library));
        quote!(&[#(#needs),*])
    }
}

impl Need {
    fn is_asked(&self) -> bool {
        match self {
            Self::Organization(_) => false,
            Self::Names { kind, .. } => kind.asked,
            Self::Any(needs) | Self::All(needs) => needs.iter().any(Self::is_asked),
        }
    }

    fn to_expression(&self, library: &Library) -> TokenStream {
        match self {
            Self::Organization(word) => library.need(&Ident::new("Organization", word.span())),
            Self::Names { kind, names } => of_names(kind.variant, names, library),
            Self::Any(needs) => of_needs("Any", needs, library),
            Self::All(needs) => of_needs("All", needs, library),
        }
    }
}

fn of_names(variant: &str, names: &[Expr], library: &Library) -> TokenStream {
    // The compiler shows the user's own words where a constant has another type.
    let span = names
        .first()
        .map_or_else(proc_macro2::Span::call_site, Spanned::span);
    let need = library.need(&Ident::new(variant, span));
    let listed = library.names();
    quote_spanned!(span=> #need(#listed(&[#(#names),*])))
}

fn of_needs(variant: &str, needs: &[Need], library: &Library) -> TokenStream {
    let need = library.need(&Ident::new(variant, proc_macro2::Span::call_site()));
    let listed = library.needs();
    let needs = needs.iter().map(|need| need.to_expression(library));
    quote!(#need(#listed(&[#(#needs),*])))
}
