//! Asking WorkOS: memberships, the roles of an organization, feature flags.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{FutureExt, TryStreamExt, future::try_join_all};
use tokio::time::Instant;
use workos::{
    UserManagementOrganizationMembershipStatuses, UserOrganizationMembership,
    UserOrganizationMembershipStatus,
    feature_flags::{ListOrganizationFeatureFlagsParams, ListUserFeatureFlagsParams},
    organization_membership::ListOrganizationMembershipsParams,
};

use super::{
    Question, Questions, Resolved, Words,
    asked::Asked,
    resolved::{ByRole, Permissions, said},
};
use crate::{
    error::Error,
    limits::Limits,
    metrics::{self, AuthorityLookup},
    principal::{Principal, Session},
};

/// What WorkOS said of the callers of one provider.
pub(crate) struct Authorities {
    /// Of a user in an organization.
    roles: Asked<Session, Words>,
    /// Of an organization, shared by all of its users.
    by_role: Asked<Box<str>, ByRole>,
    /// Of a user in an organization, or of a user in none.
    feature_flags: Asked<Session, Words>,
    /// Of an organization.
    organization_flags: Asked<Box<str>, Words>,
    timeout: Duration,
}

/// A user in more organizations than this is asked about too often; flags that are on for them alone then
/// count as off where the session is scoped to an organization.
const MOST_OTHER_ORGANIZATIONS: usize = 16;

impl Authorities {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            roles: Asked::new(limits),
            by_role: Asked::new(limits),
            feature_flags: Asked::new(limits),
            organization_flags: Asked::new(limits),
            timeout: limits.api_timeout,
        }
    }

    /// Answers to those questions that the token itself does not give, within the time that one request to the API has.
    pub(crate) async fn resolve(
        self: &Arc<Self>,
        principal: &Principal,
        questions: Questions,
        client: Result<&workos::Client, Error>,
    ) -> Result<Resolved, Error> {
        let wanted = |question| questions.contains(question) && said(principal, question).is_none();
        let lately = self.lately(principal, wanted);
        let unanswered = |question| wanted(question) && !lately.answers(question);
        if !Question::EACH.into_iter().any(unanswered) {
            if Question::EACH.into_iter().any(wanted) {
                metrics::authority_lookup(AuthorityLookup::Cached);
            }
            return Ok(lately);
        }
        // What follows is a large future, which most calls do without.
        Box::pin(async {
            let client = client?;
            let deadline = Instant::now() + self.timeout;
            let mut resolved = Resolved::default();
            if wanted(Question::Roles) {
                resolved.roles = Some(self.roles(principal, client, deadline).await?);
            }
            if wanted(Question::Permissions) {
                resolved.permissions = Some(self.permissions(principal, client, deadline).await?);
            }
            if wanted(Question::FeatureFlags) {
                resolved.feature_flags =
                    Some(self.feature_flags(principal, client, deadline).await?);
            }
            Ok(resolved)
        })
        .await
        .inspect(|_| metrics::authority_lookup(AuthorityLookup::Answered))
        .map_err(|cause: Error| {
            metrics::authority_lookup(AuthorityLookup::Failed);
            tracing::error!(%cause, "roles, permissions or feature flags cannot be had from WorkOS");
            Error::authority_unavailable(cause)
        })
    }

    #[cfg(all(feature = "__bench", feature = "rmcp"))]
    pub(crate) fn remember_roles(&self, session: &Session, roles: Words) {
        self.roles.remember(session, roles);
    }

    /// What was asked lately, of what is wanted.
    fn lately(&self, principal: &Principal, wanted: impl Fn(Question) -> bool) -> Resolved {
        let roles = || match said(principal, Question::Roles) {
            Some(roles) => Some(roles.into()),
            None => self.roles.now(principal.user()?),
        };
        let mut lately = Resolved::default();
        if wanted(Question::Roles) {
            lately.roles = roles();
        }
        if wanted(Question::Permissions) {
            let by_role = principal
                .organization_id()
                .and_then(|organization| self.by_role.now(&organization.into()));
            lately.permissions = Permissions::of(roles(), by_role);
        }
        if wanted(Question::FeatureFlags) {
            lately.feature_flags = match (principal.user(), principal.organization_id()) {
                (Some(session), _) => self.feature_flags.now(session),
                (None, Some(organization)) => self.organization_flags.now(&organization.into()),
                (None, None) => None,
            };
        }
        lately
    }

    /// All that was asked lately.
    #[cfg(feature = "rmcp")]
    pub(crate) fn fresh(&self, principal: &Principal) -> Resolved {
        self.lately(principal, |_| true)
    }

    /// What WorkOS said before, however long ago within the limit.
    #[cfg(feature = "rmcp")]
    pub(crate) fn last_known(&self, principal: &Principal) -> Resolved {
        let roles: Option<Words> = match said(principal, Question::Roles) {
            Some(roles) => Some(roles.into()),
            None => principal
                .user()
                .and_then(|session| self.roles.last_known(session)),
        };
        let by_role = principal
            .organization_id()
            .and_then(|organization| self.by_role.last_known(&organization.into()));
        Resolved {
            permissions: Permissions::of(roles.clone(), by_role),
            roles,
            feature_flags: match (principal.user(), principal.organization_id()) {
                (Some(session), _) => self.feature_flags.last_known(session),
                (None, Some(organization)) => {
                    self.organization_flags.last_known(&organization.into())
                }
                (None, None) => None,
            },
        }
    }

    async fn roles(
        &self,
        principal: &Principal,
        client: &workos::Client,
        deadline: Instant,
    ) -> Result<Words, Error> {
        let Some(session) = principal.user() else {
            return Ok(Words::default());
        };
        let load = || roles_of(session.clone(), client.clone()).boxed();
        self.roles.get(session, deadline, load).await
    }

    async fn permissions(
        &self,
        principal: &Principal,
        client: &workos::Client,
        deadline: Instant,
    ) -> Result<Permissions, Error> {
        let roles = match said(principal, Question::Roles) {
            Some(roles) => roles.into(),
            None => self.roles(principal, client, deadline).await?,
        };
        let organization: Box<str> = principal.organization_id().unwrap_or_default().into();
        let load = || roles_of_organization(organization.clone(), client.clone()).boxed();
        let by_role = self.by_role.get(&organization, deadline, load).await?;
        Ok(Permissions { roles, by_role })
    }

    async fn feature_flags(
        self: &Arc<Self>,
        principal: &Principal,
        client: &workos::Client,
        deadline: Instant,
    ) -> Result<Words, Error> {
        let Some(session) = principal.user() else {
            return match principal.organization_id() {
                Some(organization) => self.flags_of(organization, client, deadline).await,
                None => Ok(Words::default()),
            };
        };
        let load = || {
            let (authorities, session, client) =
                (Arc::clone(self), session.clone(), client.clone());
            async move { authorities.flags_in(&session, &client, deadline).await }.boxed()
        };
        self.feature_flags.get(session, deadline, load).await
    }

    /// The feature flags that are on for a user in the session's organization.
    async fn flags_in(
        &self,
        session: &Session,
        client: &workos::Client,
        deadline: Instant,
    ) -> Result<Words, Error> {
        let Some(organization) = session.organization_id() else {
            return flags_of_user(session.user_id(), client).await;
        };
        let own = self.flags_of(organization, client, deadline).await?;
        // WorkOS lists a user's flags together with those of all their organizations, and what is on for
        // one organization must not be on in a session of another.
        let users = flags_of_user(session.user_id(), client).await?;
        let mut further: Vec<_> = users.iter().filter(|flag| !own.contains(flag)).collect();
        if !further.is_empty() {
            let others = other_organizations(session, client).await?;
            if others.len() > MOST_OTHER_ORGANIZATIONS {
                further.clear();
            } else {
                let others = others
                    .iter()
                    .map(|other| self.flags_of(other, client, deadline));
                let theirs = try_join_all(others).await?;
                further.retain(|flag| !theirs.iter().any(|flags| flags.contains(flag)));
            }
        }
        Ok(own.iter().chain(further).cloned().collect())
    }

    async fn flags_of(
        &self,
        organization: &str,
        client: &workos::Client,
        deadline: Instant,
    ) -> Result<Words, Error> {
        let organization: Box<str> = organization.into();
        let load = || flags_of_organization(organization.clone(), client.clone()).boxed();
        self.organization_flags
            .get(&organization, deadline, load)
            .await
    }
}

async fn roles_of(session: Session, client: workos::Client) -> Result<Words, Error> {
    let organization = session.organization_id().map(str::to_owned);
    let memberships = memberships(session.user_id(), organization, &client).await?;
    Ok(memberships
        .into_iter()
        .flat_map(|membership| std::iter::once(membership.role).chain(membership.roles))
        .map(|role| role.slug.into_boxed_str())
        .collect())
}

async fn other_organizations(
    session: &Session,
    client: &workos::Client,
) -> Result<Vec<String>, Error> {
    let memberships = memberships(session.user_id(), None, client).await?;
    Ok(memberships
        .into_iter()
        .map(|membership| membership.organization_id)
        .filter(|organization| Some(&**organization) != session.organization_id())
        .collect())
}

/// The active memberships of a user, in this organization or in all.
async fn memberships(
    user_id: &str,
    organization_id: Option<String>,
    client: &workos::Client,
) -> Result<Vec<UserOrganizationMembership>, Error> {
    let api = client.organization_membership();
    let memberships: Vec<_> = api
        .list_organization_memberships_auto_paging(ListOrganizationMembershipsParams {
            user_id: Some(user_id.to_owned()),
            organization_id: organization_id.clone(),
            statuses: Some(vec![UserManagementOrganizationMembershipStatuses::Active]),
            ..Default::default()
        })
        .try_collect()
        .await?;
    // Whoever answers for somebody else must not lend out their roles.
    let asked_for = |membership: &UserOrganizationMembership| {
        membership.user_id == user_id
            && organization_id
                .as_ref()
                .is_none_or(|id| membership.organization_id == *id)
            && matches!(membership.status, UserOrganizationMembershipStatus::Active)
    };
    if memberships.iter().all(asked_for) {
        Ok(memberships)
    } else {
        Err(Error::workos_answered_another_user())
    }
}

async fn roles_of_organization(
    organization: Box<str>,
    client: workos::Client,
) -> Result<ByRole, Error> {
    let api = client.authorization();
    let roles = api.list_organization_roles(&organization).await?.data;
    Ok(Arc::new(
        roles
            .into_iter()
            .map(|role| {
                let permissions = role.permissions.into_iter().map(String::into_boxed_str);
                (role.slug.into_boxed_str(), permissions.collect())
            })
            .collect::<HashMap<_, _>>(),
    ))
}

async fn flags_of_organization(
    organization: Box<str>,
    client: workos::Client,
) -> Result<Words, Error> {
    let api = client.feature_flags();
    let flags: Vec<_> = api
        .list_organization_feature_flags_auto_paging(
            &*organization,
            ListOrganizationFeatureFlagsParams::default(),
        )
        .try_collect()
        .await?;
    Ok(on(flags))
}

async fn flags_of_user(user_id: &str, client: &workos::Client) -> Result<Words, Error> {
    let api = client.feature_flags();
    let flags: Vec<_> = api
        .list_user_feature_flags_auto_paging(user_id, ListUserFeatureFlagsParams::default())
        .try_collect()
        .await?;
    Ok(on(flags))
}

fn on(flags: Vec<workos::Flag>) -> Words {
    flags
        .into_iter()
        .filter(|flag| flag.enabled)
        .map(|flag| flag.slug.into_boxed_str())
        .collect()
}
