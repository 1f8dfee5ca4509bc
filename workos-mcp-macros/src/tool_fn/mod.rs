//! The function under an attribute: as the user wrote it, edited in place.

mod above;
mod bound;
mod metadata;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Expr, FnArg, GenericArgument, Ident, Item, PatType, PathArguments, ReturnType,
    Signature, Token, Type, Visibility,
    parse::{Parse, ParseStream},
    parse_quote,
    punctuated::Punctuated,
    spanned::Spanned,
};

pub(crate) use above::Above;
use bound::bound_kind;
pub(crate) use bound::{Bound, BoundKind};

use crate::{diagnostics::Diagnostics, paths::Library};

/// A function whose body stays as it is: what is wrong in there is for rustc to say, at the user's line.
pub(crate) struct ToolFn {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    default: Option<Token![default]>,
    pub(crate) signature: Signature,
    body: Group,
}

impl Parse for ToolFn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let default = input.parse()?;
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(syn::Error::new_spanned(
                &signature.ident,
                "a declaration without a body cannot have the attribute; put it on the implementation",
            ));
        }
        let body = input.parse()?;
        Ok(Self {
            attributes,
            visibility,
            default,
            signature,
            body,
        })
    }
}

impl ToolFn {
    /// Reads the item under the attribute; else gives what stands in its place.
    pub(crate) fn read(item: &TokenStream, above: Above) -> Result<Self, TokenStream> {
        let told = |error: &syn::Error, beside: &TokenStream| {
            let error = error.to_compile_error();
            quote!(#error #beside)
        };
        let not_a_function = above.not_a_function();
        let function: Self = syn::parse2(item.clone()).map_err(|error| {
            match syn::parse2::<Item>(item.clone()) {
                // A function that is half typed, or that `ToolFn` has its own words for.
                Ok(Item::Fn(_) | Item::Verbatim(_)) => told(&error, item),
                Ok(other) => told(&syn::Error::new_spanned(other, not_a_function), item),
                // In the place of an expression two things cannot stand, and the closure must not stay as if nothing were wrong.
                Err(_) if syn::parse2::<Expr>(item.clone()).is_ok() => {
                    quote!(::core::compile_error!(#not_a_function))
                }
                Err(_) => told(&error, item),
            }
        })?;
        match function.signature.constness {
            Some(constness) => {
                let error = syn::Error::new_spanned(
                    constness,
                    format!(
                        "`#[{}]` asks at run time who is calling, so the function cannot be `const`",
                        above.name()
                    ),
                );
                Err(told(&error, item))
            }
            None => Ok(function),
        }
    }

    /// Whether this one of ours stands below.
    pub(crate) fn is_also(&self, attribute: Above) -> bool {
        self.has(attribute.name())
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes
            .iter()
            .any(|other| is_named(other, attribute))
    }

    /// Says that what is for everybody cannot have this guard.
    pub(crate) fn contradicts(&self, guard: Above, problems: &mut Diagnostics) {
        problems.add(
            &self.signature.ident,
            format!(
                "`#[public]` lets everybody in, and `#[{}]` does not; take one of them away",
                guard.name()
            ),
        );
    }

    /// Whether it is a tool or a prompt, with the attribute that says so below.
    pub(crate) fn is_offered(&self) -> bool {
        self.has("tool") || self.has("prompt")
    }

    /// Takes the parameters out that the attribute binds. A `User` stays for a `#[workos_user]` below.
    pub(crate) fn take_bound(&mut self, problems: &mut Diagnostics) -> Vec<Bound> {
        let user_is_bound_below = self.is_also(Above::WorkosUser);
        let guard_is_below = self.is_also(Above::RequiresSession);
        let mut bound: Vec<Bound> = Vec::new();
        let mut kept = Punctuated::new();
        for input in std::mem::take(&mut self.signature.inputs) {
            let FnArg::Typed(parameter) = input else {
                kept.push(input);
                continue;
            };
            let kind = bound_kind(&parameter.ty, problems);
            let conditional = parameter
                .attrs
                .iter()
                .find(|attribute| is_named(attribute, "cfg") || is_named(attribute, "cfg_attr"));
            if let (Some(_), Some(conditional)) = (kind, conditional) {
                problems.add(
                    conditional,
                    "a parameter that is bound to the caller cannot be conditional; write two functions, or bind it always",
                );
            }
            match kind {
                Some(kind) if kind.is_user() && user_is_bound_below => {
                    kept.push(FnArg::Typed(parameter));
                }
                Some(kind) => {
                    // Each of several guards must see that any kind of caller will do.
                    let stays = kind == BoundKind::Principal && guard_is_below;
                    if stays {
                        kept.push(FnArg::Typed(parameter.clone()));
                    }
                    bound.push(Bound {
                        parameter,
                        kind,
                        stays,
                    });
                }
                None => kept.push(FnArg::Typed(parameter)),
            }
        }
        self.signature.inputs = kept;
        for user in [false, true] {
            let mut callers = bound.iter().filter(|bound| bound.kind.is_user() == user);
            if let (Some(first), Some(second)) = (callers.next(), callers.next()) {
                let name = second.kind.name();
                let problem = if first.kind.name() == name {
                    format!(
                        "a second `{name}` parameter; there is one caller, so take one and clone it"
                    )
                } else {
                    "a `Session` is the `Principal` of a user, and there is one caller; take one of the two".to_owned()
                };
                problems.add(&second.parameter, problem);
            }
        }
        bound
    }

    /// Puts statements before the user's own.
    pub(crate) fn prepend(&mut self, statements: &TokenStream) {
        let body = self.body.stream();
        let mut group = Group::new(proc_macro2::Delimiter::Brace, quote!(#statements #body));
        group.set_span(self.body.span());
        self.body = group;
    }

    /// An expression of the return type that refuses with `error`, spanned at the return type.
    pub(crate) fn refusal(&self, library: &Library, error: &Ident) -> TokenStream {
        let refusal = library.refusal();
        match &self.signature.output {
            ReturnType::Type(_, output) if !has_impl_trait(output) => {
                let span = output.span();
                quote_spanned!(span=> <#output as #refusal>::refuse(#error))
            }
            ReturnType::Type(_, output) => {
                let span = output.span();
                quote_spanned!(span=> #refusal::refuse(#error))
            }
            ReturnType::Default => {
                let span = self.signature.ident.span();
                quote_spanned!(span=> <() as #refusal>::refuse(#error))
            }
        }
    }

    /// What is wrong with the place of the attribute. `#[tool]` expands before what stands below it; then an
    /// asynchronous function shows by its return type, and a synchronous one not at all.
    pub(crate) fn check_place(&self, above: Above, problems: &mut Diagnostics) {
        if self.may_be_offered_above() && self.boxes_its_future() {
            problems.add(
                &self.signature.ident,
                format!("`#[{}]` must stand above `#[tool]` or `#[prompt]`; a function that boxes its future by hand cannot be guarded, so make it `async`", above.name()),
            );
        }
    }

    /// Makes the compiler look for what cannot be seen from here, unless it is told already that the place is wrong.
    pub(crate) fn trap_place(&mut self, library: &Library) {
        if self.may_be_offered_above()
            && !self.boxes_its_future()
            && self.signature.receiver().is_some()
        {
            let traps = ["tool", "prompt"].map(|attribute| self.trap(attribute, library));
            self.prepend(&quote!(#(#traps)*));
        }
    }

    fn may_be_offered_above(&self) -> bool {
        !self.is_offered() && self.signature.asyncness.is_none()
    }

    fn boxes_its_future(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, output) if is_boxed_future(output))
    }

    /// `#[tool]` above leaves an associated function behind. It wins over a trait's of the same name, and then
    /// its type is not the one that is asked for here.
    fn trap(&self, attribute: &str, library: &Library) -> TokenStream {
        let left_behind = format_ident!(
            "{}_{attribute}_attr",
            self.signature.ident.to_string().trim_start_matches("r#")
        );
        let marker = library.must_stand_above();
        let span = self.signature.ident.span().resolved_at(Span::mixed_site());
        let left_behind = Ident::new(&left_behind.to_string(), span);
        quote_spanned! {span=> {
            trait Place {
                fn #left_behind() -> #marker {
                    #marker
                }
            }
            impl<T: ?::core::marker::Sized> Place for T {}
            let _: fn() -> #marker = Self::#left_behind;
        }}
    }

    /// The item with the attribute's parameters bound to nothing, for an expansion that does not compile
    /// anyway: it must not have errors of its own.
    pub(crate) fn without_guard(mut self, bound: &[Bound]) -> TokenStream {
        // Without the parameter's attributes, one of which may be what is wrong.
        let taken = bound.iter().filter(|bound| !bound.stays);
        let lets = taken.map(|Bound { parameter, .. }| {
            let PatType { pat, ty, .. } = parameter;
            quote!(let #pat: #ty = ::core::panic!();)
        });
        self.prepend(&quote!(#(#lets)*));
        self.attributes
            .push(parse_quote!(#[allow(unreachable_code, unused, clippy::all, clippy::pedantic)]));
        self.into_token_stream()
    }
}

impl ToTokens for ToolFn {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            visibility,
            default,
            signature,
            body,
        } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #default #signature #body));
    }
}

fn is_named(attribute: &Attribute, name: &str) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == name)
}

fn has_impl_trait(ty: &Type) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Group(group) => any(group.stream()),
            _ => false,
        })
    }
    any(ty.to_token_stream())
}

/// `Pin<Box<dyn Future…>>`, which is what `#[tool]` makes of an asynchronous function.
fn is_boxed_future(ty: &Type) -> bool {
    let inside = |ty: &Type, outer: &str| -> Option<Type> {
        let Type::Path(path) = ty else { return None };
        let last = path.path.segments.last()?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return None;
        };
        match arguments.args.first()? {
            GenericArgument::Type(inner) if last.ident == outer => Some(inner.clone()),
            _ => None,
        }
    };
    inside(ty, "Pin")
        .and_then(|boxed| inside(&boxed, "Box"))
        .is_some_and(|inner| matches!(inner, Type::TraitObject(_)))
}
