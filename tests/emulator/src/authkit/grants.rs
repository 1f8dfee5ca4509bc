//! What users granted to clients, and the codes and refresh tokens that stand for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::bounded::Bounded;
use crate::ids;

const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// One sign-in of a user for a client. Codes and refresh tokens that come from it share it.
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) consent_id: String,
    pub(crate) revoked: AtomicBool,
}

impl Grant {
    fn revoke(&self) {
        self.revoked.store(true, Ordering::Relaxed);
    }

    fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Relaxed)
    }
}

/// An authorization code, bound to what the token request has to repeat.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) grant: Arc<Grant>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    issued: Instant,
    spent: bool,
}

struct RefreshToken {
    grant: Arc<Grant>,
    spent: bool,
}

/// User, client and organization.
type Parties = (String, String, Option<String>);

#[derive(Default)]
pub(crate) struct Grants {
    codes: Bounded<String, Code>,
    refresh_tokens: Bounded<String, RefreshToken>,
    consents: Bounded<Parties, String>,
}

impl Grants {
    /// A consent outlives its tokens: the next sign-in of the same three finds the same id.
    pub(crate) fn consent_id(&mut self, user: &str, client: &str, org: Option<&str>) -> String {
        let parties = (user.to_owned(), client.to_owned(), org.map(str::to_owned));
        if let Some(id) = self.consents.get(&parties) {
            return id.clone();
        }
        let id = ids::with_prefix("app_consent");
        self.consents.insert(parties, id.clone());
        id
    }

    pub(crate) fn issue_code(
        &mut self,
        grant: Grant,
        redirect_uri: &str,
        challenge: &str,
    ) -> String {
        let code = ids::bare();
        self.codes.insert(
            code.clone(),
            Code {
                grant: Arc::new(grant),
                redirect_uri: redirect_uri.to_owned(),
                challenge: challenge.to_owned(),
                issued: Instant::now(),
                spent: false,
            },
        );
        code
    }

    /// Spends the code. A second use revokes what the first one gave (RFC 6749 §4.1.2).
    pub(crate) fn redeem_code(&mut self, code: &str, client_id: &str) -> Option<Code> {
        let code = self
            .codes
            .get_mut(&code.to_owned())
            .filter(|code| code.grant.client_id == client_id)?;
        if code.spent {
            code.grant.revoke();
            return None;
        }
        code.spent = true;
        (code.issued.elapsed() < CODE_LIFETIME).then(|| code.clone())
    }

    pub(crate) fn issue_refresh_token(&mut self, grant: &Arc<Grant>) -> String {
        let token = ids::secret();
        let grant = Arc::clone(grant);
        self.refresh_tokens.insert(
            token.clone(),
            RefreshToken {
                grant,
                spent: false,
            },
        );
        token
    }

    /// What the refresh token stands for. One that was spent before revokes the whole family.
    pub(crate) fn refresh_grant(&mut self, token: &str, client_id: &str) -> Option<Arc<Grant>> {
        let token = self
            .refresh_tokens
            .get(&token.to_owned())
            .filter(|token| token.grant.client_id == client_id)?;
        if token.spent {
            token.grant.revoke();
        }
        (!token.grant.is_revoked()).then(|| Arc::clone(&token.grant))
    }

    /// What an unspent refresh token stands for. Asking does not spend it.
    pub(crate) fn active_grant(&self, token: &str) -> Option<Arc<Grant>> {
        let token = self.refresh_tokens.get(&token.to_owned())?;
        (!token.spent && !token.grant.is_revoked()).then(|| Arc::clone(&token.grant))
    }

    /// Spends the refresh token and gives the next one.
    pub(crate) fn rotate(&mut self, token: &str) -> Option<String> {
        let spent = self.refresh_tokens.get_mut(&token.to_owned())?;
        let grant = Arc::clone(&spent.grant);
        if std::mem::replace(&mut spent.spent, true) {
            grant.revoke();
            return None;
        }
        Some(self.issue_refresh_token(&grant))
    }
}
