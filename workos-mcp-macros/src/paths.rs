//! Every runtime path that generated code names.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Path, Token, parse::ParseStream, parse_quote};

/// The library, `::workos_mcp` unless `crate = …` says otherwise.
pub(crate) struct Library {
    root: Path,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            root: parse_quote!(::workos_mcp),
        }
    }
}

impl Library {
    /// Reads what stands behind `crate`.
    pub(crate) fn read(word: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let assigned = input.parse::<Option<Token![=]>>()?.is_some();
        if !assigned || input.is_empty() || input.peek(Token![,]) {
            let problem =
                "`crate` says where the library is; write `crate = ::path::to::workos_mcp`";
            return Err(syn::Error::new(word.span(), problem));
        }
        Self::at(input.call(Path::parse_mod_style)?)
    }

    /// A path that means the same in every module of the user's.
    fn at(root: Path) -> syn::Result<Self> {
        let from_root = root.leading_colon.is_some()
            || root.segments.first().is_some_and(|first| {
                // In a `macro_rules!` the crate of the macro is named so.
                first.ident == "crate" || first.ident == "$crate"
            });
        if from_root {
            return Ok(Self { root });
        }
        let written = quote!(#root).to_string().replace(' ', "");
        Err(syn::Error::new_spanned(
            root,
            format!(
                "the path of `crate` must be absolute; write `::{written}` for a dependency or `crate::{written}` for an item of this crate"
            ),
        ))
    }

    pub(crate) fn provider(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::Provider)
    }

    /// A variant of an enumeration of the configuration's.
    pub(crate) fn choice(&self, enumeration: &Ident, variant: &Ident) -> TokenStream {
        let root = &self.root;
        quote!(#root::#enumeration::#variant)
    }

    /// Who may do something.
    pub(crate) fn rule(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::Rule)
    }

    /// A kind of need that a guard checks.
    pub(crate) fn need(&self, kind: &Ident) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::Need::#kind)
    }

    /// Names that a need asks for.
    pub(crate) fn names(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::Names::Listed)
    }

    /// Needs that another is made of.
    pub(crate) fn needs(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::Needs::Listed)
    }

    /// Checks that a user is signed in, or that somebody of any kind is, and meets every need. By what is known of them
    /// already, or as a future that asks WorkOS where it must.
    pub(crate) fn guard(&self, of_any_kind: bool, waits: bool) -> TokenStream {
        let root = &self.root;
        match (of_any_kind, waits) {
            (false, false) => quote!(#root::__private::guard_now),
            (false, true) => quote!(#root::__private::guard),
            (true, false) => quote!(#root::__private::guard_principal_now),
            (true, true) => quote!(#root::__private::guard_principal),
        }
    }

    /// The session, or whoever calls; or that there is none.
    pub(crate) fn optional_caller(&self, of_any_kind: bool) -> TokenStream {
        let root = &self.root;
        if of_any_kind {
            quote!(#root::__private::optional_principal)
        } else {
            quote!(#root::__private::optional_session)
        }
    }

    /// Loads the signed-in user.
    pub(crate) fn user(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::user)
    }

    /// The trait of return types that can carry a refusal.
    pub(crate) fn refusal(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::Refusal)
    }

    /// Adds a rule to the metadata of a tool or prompt.
    pub(crate) fn with_rule(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::with_rule)
    }

    /// The metadata of a tool or prompt that has no other.
    pub(crate) fn only_rule(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::only_rule)
    }

    /// The type whose name is the error message.
    pub(crate) fn must_stand_above(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private::RequiresSessionMustStandAboveTool)
    }
}
