//! Our rules beyond jsonwebtoken's.

use super::{
    oracle::{Change, Part},
    *,
};

/// Why we refuse what jsonwebtoken accepts, each with a change that makes a good token such a one.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn stricter() -> Vec<(Reason, &'static str, Part, Change)> {
    let set = |name: &str, value: &str| Change::Set(name.to_owned(), value.to_owned());
    let remove = |name: &str| Change::Remove(name.to_owned());
    let text = |letter: &str, length| format!("\"user_{}\"", letter.repeat(length));
    vec![
        (
            Reason::TooLong,
            "a token is bounded before anything else is looked at",
            Part::Claims,
            set("x", &text("x", 9000)),
        ),
        (
            Reason::DuplicateMember,
            "it refuses duplicates only of the names that it knows",
            Part::Claims,
            set("x", "1,\"x\":2"),
        ),
        (
            Reason::KeyId,
            "without `kid` the wrong key could be tried",
            Part::Header,
            remove("kid"),
        ),
        (
            Reason::UnknownKey,
            "it is given the key; we find it by `kid`",
            Part::Header,
            set("kid", "\"other\""),
        ),
        (
            Reason::Type,
            "ID tokens, logout tokens and proofs say so in `typ`",
            Part::Header,
            set("typ", "\"dpop+jwt\""),
        ),
        (
            Reason::Extension,
            "`crit` asks to understand or refuse; `b64` and `zip` change what is signed",
            Part::Header,
            set("crit", "[\"b64\"]"),
        ),
        (
            Reason::Issuer,
            "it takes a list of issuers; `iss` is one string",
            Part::Claims,
            set("iss", &format!("[\"{ISSUER}\"]")),
        ),
        (
            Reason::ProofOfPossession,
            "a bound token must not pass as a bearer token",
            Part::Claims,
            set("cnf", "{\"jkt\":\"x\"}"),
        ),
        (
            Reason::IdToken,
            "`nonce` and `at_hash` belong to ID tokens",
            Part::Claims,
            set("nonce", "\"x\""),
        ),
        (
            Reason::Expiry,
            "it takes fractions of a second, and times beyond the year 9999",
            Part::Claims,
            set("exp", "4000000000.5"),
        ),
        (
            Reason::NotBefore,
            "it takes fractions of a second",
            Part::Claims,
            set("nbf", "1.5"),
        ),
        (
            Reason::IssuedAt,
            "`iat` is required, and it does not look at it",
            Part::Claims,
            remove("iat"),
        ),
        (
            Reason::IssuedInFuture,
            "it does not look at `iat`",
            Part::Claims,
            set("iat", "4000000000"),
        ),
        (
            Reason::Subject,
            "a principal has a name, bounded and printable",
            Part::Claims,
            set("sub", &text("x", 300)),
        ),
        (
            Reason::NotAUser,
            "machines are other principals than users",
            Part::Claims,
            set("sub", "\"client_01APP\""),
        ),
        (
            Reason::Identifier,
            "what identifies somebody is plain text",
            Part::Claims,
            set("org_id", "\"\""),
        ),
        (
            Reason::Scope,
            "only spaces separate scopes",
            Part::Claims,
            set("scope", "\"a\\tb\""),
        ),
    ]
}
