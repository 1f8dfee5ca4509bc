//! The pages that people see.

use std::fmt::{self, Display, Formatter};

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::authorize::Authorization;
use crate::directory::{Directory, Membership, User};

const STYLE: &str = include_str!("style.css");

/// Nothing is fetched and nothing runs. There is no `form-action`, because browsers apply it to
/// every redirect after the form, and where a client sends people on is the client's business.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

fn respond(status: StatusCode, title: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – AuthKit emulator" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (content) }
                footer {
                    p { "Local AuthKit emulator. No passwords, no real accounts." }
                }
            }
        }
    };
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    (status, headers, Html(page.into_string())).into_response()
}

/// What is wrong, and what to do about it.
#[must_use = "a problem is told by `into_response`"]
pub(super) struct Problem {
    title: &'static str,
    text: String,
    copy: Option<String>,
    advice: Vec<String>,
    list: Vec<String>,
}

impl Problem {
    pub(super) fn new(title: &'static str) -> Self {
        Self {
            title,
            text: String::new(),
            copy: None,
            advice: Vec::new(),
            list: Vec::new(),
        }
    }

    pub(super) fn says(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Shows something to copy.
    pub(super) fn shows(mut self, copy: &str) -> Self {
        self.copy = Some(copy.to_owned());
        self
    }

    pub(super) fn advises(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    pub(super) fn lists<'a>(mut self, items: impl IntoIterator<Item = &'a str>) -> Self {
        self.list.extend(items.into_iter().map(str::to_owned));
        self
    }

    pub(super) fn into_response(self, status: StatusCode) -> Response {
        let content = html! {
            h1 { (self.title) }
            p { (self.text) }
            @if let Some(copy) = &self.copy {
                pre tabindex="0" aria-label="To copy" { code { (copy) } }
            }
            @for advice in &self.advice {
                p { (advice) }
            }
            @if !self.list.is_empty() {
                ul {
                    @for item in &self.list {
                        li { code { (item) } }
                    }
                }
            }
        };
        respond(status, self.title, &content)
    }
}

/// For the log.
impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?}",
            self.title,
            self.copy.as_ref().unwrap_or(&self.text)
        )
    }
}

/// A page of the sign-in.
pub(super) struct Step<'a> {
    request: &'a Authorization,
    /// The authorization request as it came, for the next form.
    query: &'a str,
}

impl<'a> Step<'a> {
    pub(super) fn new(request: &'a Authorization, query: &'a str) -> Self {
        Self { request, query }
    }

    pub(super) fn users(&self, directory: &Directory) -> Response {
        let content = html! {
            h1 { "Sign in" }
            p { "to continue to " (self.client()) }
            form method="get" action="/sign-in" {
                (self.carried())
                fieldset {
                    legend { "Choose an account" }
                    @for user in &directory.users {
                        button.choice name="user" value=(user.id) {
                            span.avatar aria-hidden="true" { (initials(user)) }
                            span.lines {
                                strong { (display_name(user)) }
                                " "
                                small { (user.email) }
                            }
                        }
                    }
                }
            }
            (self.cancel_alone())
        };
        respond(StatusCode::OK, "Sign in", &content)
    }

    pub(super) fn organizations(&self, directory: &Directory, user: &User) -> Response {
        let content = html! {
            h1 { "Choose an organization" }
            p { (signed_in(user)) " belongs to several organizations. " (self.client()) " will act for one of them." }
            form method="get" action="/sign-in" {
                (self.carried())
                input type="hidden" name="user" value=(user.id);
                fieldset {
                    legend { "Organization" }
                    @for membership in user.memberships.iter().filter(|m| m.is_active()) {
                        button.choice name="organization" value=(membership.organization_id) {
                            span.avatar.square aria-hidden="true" {
                                (first_letter(name_of(directory, membership)))
                            }
                            span.lines {
                                strong { (name_of(directory, membership)) }
                                " "
                                small { "as " (membership.role) }
                            }
                        }
                    }
                }
            }
            (self.cancel_alone())
        };
        respond(StatusCode::OK, "Choose an organization", &content)
    }

    pub(super) fn consent(
        &self,
        directory: &Directory,
        user: &User,
        organization: Option<&str>,
    ) -> Response {
        let organization_name =
            organization.map(|id| directory.organization_name(id).unwrap_or(id));
        let content = html! {
            h1 { "Allow access?" }
            p { (self.client()) " wants to act for you." }
            dl {
                dt { "Account" }
                dd { (display_name(user)) " (" (user.email) ")" }
                @if let Some(name) = organization_name {
                    dt { "Organization" }
                    dd { (name) }
                }
                @for resource in &self.request.resources {
                    dt { "Server" }
                    dd { (resource) }
                }
                dt { "Sends you back to" }
                dd { (self.request.redirect_uri) }
            }
            h2 { "It will be able to" }
            ul.scopes {
                @for scope in &self.request.scopes {
                    li { (meaning(scope)) " " code { (scope) } }
                }
            }
            form method="post" action="/sign-in" {
                (self.carried())
                input type="hidden" name="user" value=(user.id);
                @if let Some(id) = organization {
                    input type="hidden" name="organization" value=(id);
                }
                div.actions {
                    button.primary name="decision" value="allow" { "Allow access" }
                    button.secondary name="decision" value="cancel" { "Cancel" }
                }
            }
        };
        respond(StatusCode::OK, "Allow access", &content)
    }

    fn client(&self) -> Markup {
        html! { strong.client { (self.request.client.display_name()) } }
    }

    fn carried(&self) -> Markup {
        html! { input type="hidden" name="request" value=(self.query); }
    }

    fn cancel_alone(&self) -> Markup {
        html! {
            form method="post" action="/sign-in" {
                (self.carried())
                div.actions {
                    button.secondary name="decision" value="cancel" { "Cancel" }
                }
            }
        }
    }
}

fn name_of<'a>(directory: &'a Directory, membership: &'a Membership) -> &'a str {
    let id = membership.organization_id.as_str();
    directory.organization_name(id).unwrap_or(id)
}

fn display_name(user: &User) -> &str {
    user.name().unwrap_or(&user.email)
}

fn signed_in(user: &User) -> Markup {
    html! { strong { (display_name(user)) } }
}

fn initials(user: &User) -> String {
    let names = [user.first_name(), user.last_name()];
    let letters: String = names.into_iter().flatten().map(first_letter).collect();
    if letters.is_empty() {
        first_letter(&user.email)
    } else {
        letters
    }
}

fn first_letter(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

fn meaning(scope: &str) -> &'static str {
    match scope {
        "openid" => "Know who you are",
        "profile" => "See your name",
        "email" => "See your email address",
        "offline_access" => "Stay signed in when you are away",
        _ => "Do what this scope allows",
    }
}
