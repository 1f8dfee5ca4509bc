//! What every environment starts with.

use crate::applications::Application;
use crate::directory::{Directory, Membership, MembershipStatus, User};
use crate::feature_flags::FeatureFlag;
use crate::organizations::Organization;
use crate::roles::Role;

pub(crate) const CLIENT_ID: &str = "client_01K1EMV0000000000000000ENV";
pub(crate) const API_KEY: &str = "sk_test_emulator_0123456789abcdef";

/// The Connect application that minted tokens name as their client.
pub(crate) const APPLICATION_ID: &str = "client_01K1APP0000000000000000APP";

/// The machine-to-machine application of Acme.
pub(crate) const MACHINE_ID: &str = "client_01K1M2M0000000000000000M2M";

pub(crate) const ADA: &str = "user_01K1ADA0000000000000000ADA";
pub(crate) const GRACE: &str = "user_01K1GRACE000000000000GRACE";
pub(crate) const ACME: &str = "org_01K1ACME00000000000000ACME";
pub(crate) const GLOBEX: &str = "org_01K1G10BEX0000000000G10BEX";

pub(crate) const CREATED_AT: &str = "2025-07-24T09:15:00.000Z";
pub(crate) const UPDATED_AT: &str = "2025-07-25T10:30:00.000Z";
pub(crate) const SIGNED_IN_AT: &str = "2025-07-25T10:30:00.000Z";

pub(crate) fn directory() -> Directory {
    Directory {
        users: vec![ada(), grace()],
        organizations: vec![
            Organization::new("Acme")
                .with_id(ACME)
                .with_domain("acme.example"),
            Organization::new("Globex")
                .with_id(GLOBEX)
                .with_domain("globex.example"),
        ],
        roles: vec![
            Role::new("admin")
                .with_id("role_01K1ADM1N00000000000ADM1N")
                .with_permission("widgets:read")
                .with_permission("widgets:write")
                .with_permission("reports:export"),
            Role::new("member")
                .with_id("role_01K1MEMBER000000000MEMBER")
                .with_permission("widgets:read"),
        ],
        feature_flags: vec![
            FeatureFlag::new("beta-dashboard").with_target(ACME),
            FeatureFlag::new("early-reports").with_target(GRACE),
        ],
        api_keys: Vec::new(),
        applications: vec![
            Application::new("Emulator")
                .with_id(APPLICATION_ID)
                .with_secret("secret-of-the-emulator-application")
                .with_redirect_uri("http://127.0.0.1/callback")
                .with_redirect_uri("http://localhost/callback"),
            Application::machine("Nightly report", ACME)
                .with_id(MACHINE_ID)
                .with_secret("secret-of-the-nightly-report"),
        ],
    }
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
