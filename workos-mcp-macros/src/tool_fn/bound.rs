//! The parameters that an attribute binds.

use syn::{GenericArgument, PatType, PathArguments, Type};

use crate::diagnostics::Diagnostics;

/// A parameter that an attribute binds: taken out of the signature, bound in the body.
pub(crate) struct Bound {
    pub(crate) parameter: PatType,
    pub(crate) kind: BoundKind,
    /// Whether the parameter stays for another guard below to bind.
    pub(crate) stays: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundKind {
    Session,
    OptionalSession,
    Principal,
    OptionalPrincipal,
    User,
    OptionalUser,
}

impl BoundKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Session | Self::OptionalSession => "Session",
            Self::Principal | Self::OptionalPrincipal => "Principal",
            Self::User | Self::OptionalUser => "User",
        }
    }

    /// Whether WorkOS has to be asked for it, and not only the token.
    pub(super) fn is_user(self) -> bool {
        matches!(self, Self::User | Self::OptionalUser)
    }
}

/// What the last segment of a parameter's type says.
pub(super) fn bound_kind(ty: &Type, problems: &mut Diagnostics) -> Option<BoundKind> {
    match ty {
        Type::Group(group) => bound_kind(&group.elem, problems),
        Type::Paren(paren) => bound_kind(&paren.elem, problems),
        Type::Reference(reference) => {
            let kind = bound_kind(&reference.elem, problems)?;
            problems.add(
                ty,
                "take it by value, without the `&`; it is cheap to clone",
            );
            Some(kind)
        }
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match &last.arguments {
                PathArguments::None if last.ident == "Session" => Some(BoundKind::Session),
                PathArguments::None if last.ident == "Principal" => Some(BoundKind::Principal),
                PathArguments::None if last.ident == "User" => Some(BoundKind::User),
                PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
                    let GenericArgument::Type(inner) = arguments.args.first()? else {
                        return None;
                    };
                    Some(match bound_kind(inner, problems)? {
                        kind if kind.is_user() => BoundKind::OptionalUser,
                        BoundKind::Principal => BoundKind::OptionalPrincipal,
                        _ => BoundKind::OptionalSession,
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}
