//! The grammar of what a guard requires, shared by both attributes.

use darling::{FromMeta, ast::NestedMeta};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr, Path, spanned::Spanned};

use crate::{diagnostics::Diagnostics, paths::Library};

/// The arguments of an attribute.
#[derive(Default, FromMeta)]
#[darling(default)]
struct Args {
    #[darling(rename = "crate")]
    library: Option<Path>,
    organization: Option<Organization>,
    role: Option<Word>,
    permission: Option<Word>,
    scope: Option<Scope>,
}

/// What must hold, besides that somebody is signed in.
#[derive(Default)]
pub(crate) struct Requirement {
    needs: Vec<Need>,
}

struct Need {
    kind: &'static str,
    value: Option<Expr>,
}

impl Requirement {
    /// Reads the arguments. What is wrong with them is told; what is right counts.
    pub(crate) fn read(arguments: TokenStream, problems: &mut Diagnostics) -> (Library, Self) {
        let args = NestedMeta::parse_meta_list(arguments)
            .map_err(|error| problems.push(error))
            .ok()
            .and_then(|list| {
                Args::from_list(&list)
                    .map_err(|error| problems.push(error.into()))
                    .ok()
            })
            .unwrap_or_default();
        let library = args.library.map_or_else(Library::default, |path| {
            Library::at(path).unwrap_or_else(|error| {
                problems.push(error);
                Library::default()
            })
        });
        let needs = [
            args.organization.map(|organization| Need {
                kind: "Organization",
                value: organization.0,
            }),
            args.role.map(|role| Need {
                kind: "Role",
                value: Some(role.0),
            }),
            args.permission.map(|permission| Need {
                kind: "Permission",
                value: Some(permission.0),
            }),
            args.scope.map(|scope| Need {
                kind: "Scope",
                value: Some(scope.0),
            }),
        ];
        (
            library,
            Self {
                needs: needs.into_iter().flatten().collect(),
            },
        )
    }

    /// Whether it asks for no more than a session.
    pub(crate) fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }

    /// As an expression of the type `&[Need]`.
    pub(crate) fn to_expression(&self, library: &Library) -> TokenStream {
        let needs = self.needs.iter().map(|need| {
            let span = need
                .value
                .as_ref()
                .map_or_else(proc_macro2::Span::call_site, Spanned::span);
            let kind = library.need(&syn::Ident::new(need.kind, span));
            match &need.value {
                // The organization is a need without a value too: some organization.
                None => quote!(#kind(::core::option::Option::None)),
                Some(value) if need.kind == "Organization" => {
                    quote_spanned!(span=> #kind(::core::option::Option::Some(#value)))
                }
                Some(value) => quote_spanned!(span=> #kind(#value)),
            }
        });
        quote!(&[#(#needs),*])
    }
}

/// A name that WorkOS knows: a string literal, or a constant.
struct Word(Expr);

impl FromMeta for Word {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        name(expr).map(Self)
    }

    fn from_word() -> darling::Result<Self> {
        Err(darling::Error::custom(
            "write what is required behind it, such as `role = \"admin\"`",
        ))
    }
}

struct Scope(Expr);

impl FromMeta for Scope {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        let expr = name(expr)?;
        let valid = literal(&expr).is_none_or(|scope| {
            scope
                .value()
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        });
        if valid {
            Ok(Self(expr))
        } else {
            Err(
                darling::Error::custom("a scope is printable ASCII without quotes and backslashes")
                    .with_span(&expr),
            )
        }
    }

    fn from_word() -> darling::Result<Self> {
        Err(darling::Error::custom(
            "write the scope behind it, such as `scope = \"reports:export\"`",
        ))
    }
}

/// Some organization, or a certain one.
struct Organization(Option<Expr>);

impl FromMeta for Organization {
    fn from_word() -> darling::Result<Self> {
        Ok(Self(None))
    }

    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        let expr = name(expr)?;
        match literal(&expr) {
            Some(id) if !id.value().starts_with("org_") => Err(darling::Error::custom(
                "an organization id begins with `org_`; write `organization` alone for any",
            )
            .with_span(&expr)),
            _ => Ok(Self(Some(expr))),
        }
    }
}

fn literal(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => Some(literal),
        _ => None,
    }
}

fn name(expr: &Expr) -> darling::Result<Expr> {
    // Attribute values that come out of a `macro_rules!` are grouped.
    if let Expr::Group(group) = expr {
        return name(&group.expr);
    }
    match expr {
        Expr::Path(ExprPath { qself: None, .. }) => Ok(expr.clone()),
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => {
            let value = literal.value();
            if value.is_empty() || value.contains(char::is_whitespace) {
                Err(darling::Error::custom(
                    "a name is neither empty nor has spaces; write one name",
                )
                .with_span(expr))
            } else {
                Ok(expr.clone())
            }
        }
        _ => Err(darling::Error::custom(
            "write a string literal, or a constant of the type `&str`",
        )
        .with_span(expr)),
    }
}
