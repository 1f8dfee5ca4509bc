//! The steps of the sign-in page: who, for which organization, and whether at all.
//!
//! There is no session. Every form carries the authorization request, which is checked again at
//! every step, so that nothing depends on what the browser was shown before.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::authorize::{Authorization, Stop, member_of};
use super::oauth::Parameters;
use super::pages::{Problem, Step};
use crate::directory::User;
use crate::state::Environment;

/// `GET /sign-in`: the next page.
pub(crate) async fn show(
    State(environment): State<Arc<Environment>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let page = async {
        let parameters = Parameters::parse(query.as_bytes())?;
        let query = parameters.require("request")?;
        let request = Authorization::open(&environment, query).await?;
        next_page(&environment, &request, query, &parameters)
    };
    page.await.unwrap_or_else(Stop::into_response)
}

/// `POST /sign-in`: the decision, and back to the client.
pub(crate) async fn decide(
    State(environment): State<Arc<Environment>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // Browsers say where a form was. A page of somebody else must not consent for the person.
    let foreign = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin");
    if foreign {
        return Problem::new("This form is not from the sign-in page")
            .says("Another website sent it. Nobody was signed in.")
            .advises("Start again in the application that you want to sign in to.")
            .into_response(StatusCode::FORBIDDEN);
    }
    let answer = async {
        let parameters = Parameters::from_form(&headers, body)?;
        let query = parameters.require("request")?;
        let request = Authorization::open(&environment, query).await?;
        match parameters.require("decision")? {
            "allow" => {
                let directory = environment.directory.read();
                let user = known_user(&directory.users, parameters.require("user")?)?;
                let organization = match parameters.get("organization") {
                    Some(id) => Some(member_of(user, id)?),
                    None => request.organization(user)?,
                };
                Ok(request.grant(&environment, user, organization))
            }
            _ => Ok(request.deny()),
        }
    };
    answer.await.unwrap_or_else(Stop::into_response)
}

pub(super) fn first_page(
    environment: &Environment,
    request: &Authorization,
    query: &str,
) -> Result<Response, Stop> {
    let directory = environment.directory.read();
    if directory.users.is_empty() {
        return Err(Problem::new("Nobody can sign in")
            .says("This environment has no users.")
            .advises("Add one with Emulator::add_user, or in users of the seed file.")
            .into());
    }
    Ok(Step::new(request, query).users(&directory))
}

fn next_page(
    environment: &Environment,
    request: &Authorization,
    query: &str,
    parameters: &Parameters,
) -> Result<Response, Stop> {
    let directory = environment.directory.read();
    let Some(user) = parameters.get("user") else {
        drop(directory);
        return first_page(environment, request, query);
    };
    let user = known_user(&directory.users, user)?;
    let chosen = match parameters.get("organization") {
        Some(id) => Some(member_of(user, id)?),
        None if request.organization_id.is_none() && user.active_organizations().count() > 1 => {
            return Ok(Step::new(request, query).organizations(&directory, user));
        }
        None => request.organization(user)?,
    };
    tracing::info!(
        "sign-in: consent page for {}, client {}, redirect URI {:?}",
        user.email,
        request.client.id,
        request.redirect_uri
    );
    Ok(Step::new(request, query).consent(&directory, user, chosen))
}

fn known_user<'a>(users: &'a [User], id: &str) -> Result<&'a User, Stop> {
    let found = users.iter().find(|user| user.id == id);
    found.ok_or_else(|| {
        Problem::new("Unknown user")
            .says(format!("There is no user {id} any more."))
            .advises("Start again in the application that you want to sign in to.")
            .into()
    })
}
