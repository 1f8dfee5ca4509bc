//! What every environment starts with.

use crate::directory::{Membership, MembershipStatus, Organization, User};

pub(crate) const CLIENT_ID: &str = "client_01K1EMV0000000000000000ENV";
pub(crate) const API_KEY: &str = "sk_test_emulator_0123456789abcdef";

/// The Connect application that minted tokens name as their client.
pub(crate) const APPLICATION_ID: &str = "client_01K1APP0000000000000000APP";

pub(crate) const ADA: &str = "user_01K1ADA0000000000000000ADA";
pub(crate) const GRACE: &str = "user_01K1GRACE000000000000GRACE";
pub(crate) const ACME: &str = "org_01K1ACME00000000000000ACME";
pub(crate) const GLOBEX: &str = "org_01K1G10BEX0000000000G10BEX";

pub(crate) const CREATED_AT: &str = "2025-07-24T09:15:00.000Z";
pub(crate) const UPDATED_AT: &str = "2025-07-25T10:30:00.000Z";
pub(crate) const SIGNED_IN_AT: &str = "2025-07-25T10:30:00.000Z";

pub(crate) fn organizations() -> Vec<Organization> {
    vec![
        Organization {
            id: ACME.to_owned(),
            name: "Acme".to_owned(),
        },
        Organization {
            id: GLOBEX.to_owned(),
            name: "Globex".to_owned(),
        },
    ]
}

pub(crate) fn ada() -> User {
    let mut ada = User::new("ada@example.com")
        .with_id(ADA)
        .with_name("Ada", "Lovelace")
        .with_profile_picture_url("https://workoscdn.com/images/ada.png");
    ada.memberships = vec![membership("om_01K1ADAACME000000000000ADA", ACME, "admin")];
    ada
}

pub(crate) fn grace() -> User {
    let mut grace = User::new("grace@example.com")
        .with_id(GRACE)
        .with_name("Grace", "Hopper")
        .with_profile_picture_url("https://workoscdn.com/images/grace.png");
    grace.memberships = vec![
        membership("om_01K1GRACEACME000000000GRAC", ACME, "member"),
        membership("om_01K1GRACEG10BEX0000000GRAC", GLOBEX, "member"),
    ];
    grace
}

/// Fixed ids, so that a membership can be named in a test.
fn membership(id: &str, organization_id: &str, role: &str) -> Membership {
    Membership {
        id: id.to_owned(),
        organization_id: organization_id.to_owned(),
        role: role.to_owned(),
        status: MembershipStatus::Active,
    }
}
