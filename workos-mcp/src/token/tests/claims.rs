//! What the claims must say.

use super::*;

// Attacks: 64.
#[test]
fn the_issuer_is_compared_byte_for_byte() {
    for issuer in [
        "https://fearless-network-26.authkit.app/",
        "http://fearless-network-26.authkit.app",
        "https://FEARLESS-network-26.authkit.app",
        "https://fearless-network-26.authkit.app:443",
        "https://fearless-network-26.authkit.app.evil.com",
        "https://fearless-network-26.authkit.app@evil.com",
        "https://other.authkit.app",
        "https://api.workos.com/user_management/client_01ENVIRONMENT",
        "",
    ] {
        assert_refused(&claims_with("iss", issuer), Reason::Issuer);
    }
    for issuer in [json!(null), json!([ISSUER]), json!(1), json!({})] {
        assert_refused(&claims_with("iss", issuer), Reason::Issuer);
    }
    assert_refused(&claims_without("iss"), Reason::Issuer);
}

// Attacks: 66, 67.
#[test]
fn the_audience_is_compared_byte_for_byte() {
    for audience in [
        "https://mcp.example.com",
        "https://mcp.example.com/",
        "https://mcp.example.com/mcp/",
        "https://mcp.example.com/mcp/x",
        "https://mcp.example.com/mcpX",
        "https://mcp.example.com/MCP",
        "https://mcp.example.com:443/mcp",
        "https://mcp.example.com:8443/mcp",
        "http://mcp.example.com/mcp",
        "https://www.mcp.example.com/mcp",
        "https://mcp.example.com/%6dcp",
        "https://mcp.example.com/x/../mcp",
        "https://mcp.example.com/mcp?a=b",
        "https://mcp.example.com/mcp#a",
        "",
    ] {
        assert_refused(&claims_with("aud", audience), Reason::Audience);
    }
    for audience in [
        json!(null),
        json!(1),
        json!({}),
        json!(true),
        json!([]),
        json!([""]),
        json!(["https://evil.example"]),
        json!([AUDIENCE, 1]),
        json!([AUDIENCE, null]),
        json!([[AUDIENCE]]),
    ] {
        assert_refused(&claims_with("aud", audience), Reason::Audience);
    }
    assert_refused(&claims_without("aud"), Reason::Audience);
}

// Attacks: 68.
#[test]
fn one_of_several_audiences_is_enough() {
    assert_accepted(&claims_with("aud", json!([AUDIENCE])));
    assert_accepted(&claims_with(
        "aud",
        json!(["https://evil.example", AUDIENCE]),
    ));
}

#[test]
fn every_configured_audience_is_ours() {
    let mut config = config();
    config.audiences = vec!["https://a.example".into(), "https://a.example/".into()];
    let verifier = verifier_of(config);
    for audience in ["https://a.example", "https://a.example/"] {
        let token = Signer::first().token(&claims_with("aud", audience));
        assert!(answer(&verifier, &token).is_ok());
    }
}

#[test]
fn a_missing_resource_indicator_has_a_reason_of_its_own() {
    assert_refused(&claims_with("aud", CLIENT_ID), Reason::AudienceIsClientId);
    assert_refused(
        &claims_with("aud", json!([CLIENT_ID])),
        Reason::AudienceIsClientId,
    );
    assert_refused(&claims_with("aud", "client_01OTHER"), Reason::Audience);

    let mut config = config();
    config.client_id = None;
    // Without a client id to list for, opting in opens nothing.
    config.accept_client_id_audience = true;
    config.client_ids = Some(vec!["client_01APP".into()]);
    let token = Signer::first().token(&claims_with("aud", "client_01OTHER"));
    let refusal = answer(&verifier_of(config), &token).unwrap_err();
    assert_eq!(refusal, Reason::AudienceIsClientId.into());
}

#[test]
fn the_client_id_is_an_audience_only_by_choice_and_for_listed_clients() {
    let ask = |client_ids: Option<&[&str]>, claims: &Value| {
        let mut config = config();
        config.accept_client_id_audience = true;
        config.client_ids =
            client_ids.map(|ids| ids.iter().copied().map(ToOwned::to_owned).collect());
        answer(&verifier_of(config), &Signer::first().token(claims)).map(drop)
    };
    let claims = claims_with("aud", CLIENT_ID);
    assert_eq!(ask(Some(&["client_01APP"]), &claims), Ok(()));
    let refused = Err(Refusal::from(Reason::Client));
    assert_eq!(ask(Some(&["client_01OTHER"]), &claims), refused);
    assert_eq!(ask(Some(&[]), &claims), refused);
    assert_eq!(ask(None, &claims), refused);
    let mut anonymous = claims_without("client_id");
    anonymous["aud"] = json!(CLIENT_ID);
    assert_eq!(ask(Some(&["client_01APP"]), &anonymous), refused);
}

#[test]
fn listed_clients_bind_tokens_for_the_resource_too() {
    let mut config = config();
    config.client_ids = Some(vec!["client_01APP".into()]);
    let verifier = verifier_of(config);
    assert!(answer(&verifier, &Signer::first().token(&claims())).is_ok());
    for claims in [
        claims_with("client_id", "client_01OTHER"),
        claims_without("client_id"),
    ] {
        let refusal = answer(&verifier, &Signer::first().token(&claims)).unwrap_err();
        assert_eq!(refusal, Reason::Client.into());
    }
}

// Attacks: 69, 76.
#[test]
fn id_tokens_and_bound_tokens_are_refused() {
    for name in ["nonce", "at_hash"] {
        for value in [json!("x"), json!(null), json!("")] {
            assert_refused(&claims_with(name, value), Reason::IdToken);
        }
    }
    for value in [
        json!({ "jkt": "x" }),
        json!({ "x5t#S256": "x" }),
        json!({}),
        json!(null),
    ] {
        assert_refused(&claims_with("cnf", value), Reason::ProofOfPossession);
    }
}

// Attacks: 62.
#[test]
fn times_are_whole_seconds_of_this_side_of_the_year_ten_thousand() {
    let now = now().unix;
    for (name, reason) in [
        ("exp", Reason::Expiry),
        ("iat", Reason::IssuedAt),
        ("nbf", Reason::NotBefore),
    ] {
        for value in [
            json!(null),
            json!("1900000000"),
            json!(-1),
            json!(1.5),
            json!(1_900_000_000.0),
            json!(true),
            json!([1]),
            json!({}),
            json!(253_402_300_800_u64),
            json!(u64::MAX),
            json!(i64::MIN),
        ] {
            assert_refused(&claims_with(name, value), reason);
        }
        for raw in ["1e9", "18446744073709551616", "-0", "1E3", "1.0"] {
            let token = raw_claim(name, raw);
            assert_token_refused(&token, reason);
        }
        for raw in ["1e400", "NaN", "Infinity", "0x10", "01", "+1", "1_000"] {
            assert_token_refused(&raw_claim(name, raw), Reason::Malformed);
        }
    }
    assert_refused(&claims_without("exp"), Reason::Expiry);
    assert_refused(&claims_without("iat"), Reason::IssuedAt);
    assert_accepted(&claims_with("exp", 253_402_300_799_u64));
    assert_accepted(&claims_with("iat", 0));
    assert_accepted(&claims_with("nbf", now));
}

fn raw_claim(name: &str, raw: &str) -> String {
    let claims = claims_with(name, "RAW").to_string();
    let header = Signer::first().header().to_string();
    Signer::first().sign(&header, &claims.replace("\"RAW\"", raw))
}

// Attacks: 61.
#[test]
fn a_token_is_over_when_the_leeway_is() {
    let token = Signer::first().token(&claims_with("exp", now().unix + 10));
    // A verifier each, so that none of them remembers.
    assert!(answer_at(&verifier(), &token, &later(38)).is_ok());
    for seconds in [40, 41, 3600] {
        let answer = answer_at(&verifier(), &token, &later(seconds));
        assert_eq!(answer.unwrap_err(), Refusal::Expired);
    }
}

// Attacks: 63.
#[test]
fn the_leeway_is_on_every_side_the_same() {
    for name in ["iat", "nbf"] {
        let reason = if name == "iat" {
            Reason::IssuedInFuture
        } else {
            Reason::NotYetValid
        };
        let now = now();
        let at = |seconds: u64| {
            let token = Signer::first().token(&claims_with(name, now.unix + seconds));
            answer_at(&verifier(), &token, &now).map(drop)
        };
        assert_eq!(at(30), Ok(()));
        assert_eq!(at(31), Err(reason.into()));
    }
}

// Attacks: 27.
#[test]
fn only_a_token_that_is_otherwise_good_is_said_to_be_expired() {
    let long_ago = now().unix - 1000;
    assert_eq!(
        answer(
            &verifier(),
            &Signer::first().token(&claims_with("exp", long_ago))
        )
        .unwrap_err(),
        Refusal::Expired
    );
    for (name, value, reason) in [
        ("aud", json!("https://evil.example"), Reason::Audience),
        ("iss", json!("https://evil.example"), Reason::Issuer),
        ("sub", json!("client_01APP"), Reason::NotAUser),
        ("scope", json!("a\tb"), Reason::Scope),
        ("iat", json!(null), Reason::IssuedAt),
    ] {
        let mut claims = claims_with("exp", long_ago);
        claims[name] = value;
        assert_refused(&claims, reason);
    }
    let expired = claims_with("exp", long_ago).to_string();
    let forged = Signer::second().sign(&Signer::first().header().to_string(), &expired);
    assert_token_refused(&forged, Reason::Signature);
}

// Attacks: 73.
#[test]
fn the_subject_names_a_user() {
    for subject in [
        json!(""),
        json!(null),
        json!(1),
        json!(["user_01ALICE"]),
        json!("user_\n"),
        json!("user_\u{0}"),
        json!("user_\u{7f}"),
        json!("user_\u{85}"),
        json!(format!("user_{}", "x".repeat(252))),
    ] {
        assert_refused(&claims_with("sub", subject), Reason::Subject);
    }
    assert_refused(&claims_without("sub"), Reason::Subject);
    for subject in [
        "client_01APP",
        "USER_01ALICE",
        "user-01",
        "admin",
        " user_01",
    ] {
        assert_refused(&claims_with("sub", subject), Reason::NotAUser);
    }
    let mut machine = claims_with("sub", "user_01CLIENT");
    machine["client_id"] = json!("user_01CLIENT");
    assert_refused(&machine, Reason::NotAUser);
    assert_accepted(&claims_with("sub", format!("user_{}", "x".repeat(251))));
}

#[test]
fn identifiers_are_plain_text_when_present() {
    for name in ["sid", "org_id", "client_id", "jti"] {
        assert_accepted(&claims_without(name));
        for value in [
            json!(null),
            json!(1),
            json!([]),
            json!({}),
            json!(""),
            json!("a\r\nb"),
        ] {
            assert_refused(&claims_with(name, value), Reason::Identifier);
        }
    }
    let session = assert_accepted(&claims_with("client_id", "https://app.example/client.json"));
    assert_eq!(session.client_id(), Some("https://app.example/client.json"));
    let session = assert_accepted(&claims_without("org_id"));
    assert_eq!(session.organization_id(), None);
}

// Attacks: 11.
#[test]
fn scopes_are_separated_by_single_spaces_and_nothing_else() {
    let scopes = |scope: &str| {
        let session = assert_accepted(&claims_with("scope", scope));
        session.scopes().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(scopes("read"), ["read"]);
    assert_eq!(scopes("read-write READ"), ["read-write", "READ"]);
    assert_eq!(scopes("  a  b "), ["a", "b"]);
    assert_eq!(scopes("a,b a\u{a0}b"), ["a,b", "a\u{a0}b"]);
    assert_eq!(scopes(""), [""; 0]);
    assert_eq!(assert_accepted(&claims_without("scope")).scopes().len(), 0);
    assert!(!assert_accepted(&claims_with("scope", "read-write")).has_scope("read"));
    for scope in ["a\tb", "a\nb", "a\r\nb", "a\u{0}b"] {
        assert_refused(&claims_with("scope", scope), Reason::Scope);
    }
    for scope in [json!(null), json!(["a"]), json!(1), json!({})] {
        assert_refused(&claims_with("scope", scope), Reason::Scope);
    }
}

#[test]
fn roles_and_permissions_are_taken_when_they_are_of_our_type() {
    let session = assert_accepted(&claims());
    assert_eq!(session.token_role(), None);
    assert!(session.token_permissions().is_none());

    let mut claims = claims_with("role", "admin");
    claims["permissions"] = json!(["widgets:delete", "widgets:read"]);
    let session = assert_accepted(&claims);
    assert_eq!(session.token_role(), Some("admin"));
    let permissions: Vec<_> = session.token_permissions().unwrap().collect();
    assert_eq!(permissions, ["widgets:delete", "widgets:read"]);

    let session = assert_accepted(&claims_with("permissions", json!([])));
    assert_eq!(session.token_permissions().unwrap().len(), 0);

    for value in [
        json!(null),
        json!(1),
        json!({ "slug": "admin" }),
        json!(["a", 1]),
        json!([["a"]]),
        json!(true),
    ] {
        let mut claims = claims_with("role", value.clone());
        claims["permissions"] = value;
        let session = assert_accepted(&claims);
        assert_eq!(session.token_role(), None);
        assert!(session.token_permissions().is_none());
    }
}

#[test]
fn the_whole_payload_is_there_for_claims_of_the_users_own() {
    #[derive(serde::Deserialize)]
    struct Tenant {
        #[serde(rename = "urn:example:tenant")]
        tenant: String,
    }
    let session = assert_accepted(&claims_with("urn:example:tenant", "prod_us"));
    assert_eq!(session.claims::<Tenant>().unwrap().tenant, "prod_us");
}

// Attacks: 28.
#[test]
fn a_refusal_says_nothing_of_the_token() {
    let token = Signer::first().token(&claims_with("aud", "https://secret.example"));
    let refusal = answer(&verifier(), &token).unwrap_err();
    assert_eq!(format!("{refusal:?}"), "Invalid(Audience)");
    assert_eq!(
        refusal.to_string(),
        "issued for another audience, or for none"
    );
    let check = verifier().check(&Signer::first().token(&claims()));
    let text = format!("{check:?}");
    assert!(!text.contains("ALICE") && !text.contains("ACME"), "{text}");
}
