//! The program: what it prints is enough to try a server.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::Value;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Program {
    child: Child,
    variables: HashMap<String, String>,
    text: String,
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workos-mcp-emulator"));
    command.args(["--port", "0"]).args(arguments);
    command
}

impl Program {
    /// Starts it and reads to the end of the introduction.
    fn start(arguments: &[&str]) -> Result<Self> {
        let mut command = program(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut program = Self {
            child,
            variables: HashMap::new(),
            text: String::new(),
        };
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            program.text.push_str(&line);
            program.text.push('\n');
            if line.ends_with("Ctrl-C stops") {
                return Ok(program);
            }
            // What is no comment is a variable.
            if !line.starts_with('#') && !line.is_empty() {
                let (name, value) = line
                    .split_once('=')
                    .ok_or(format!("not to paste: {line}"))?;
                program.variables.insert(name.to_owned(), value.to_owned());
            }
        }
        Err(format!("ended early: {}", program.text).into())
    }

    fn variable(&self, name: &str) -> Result<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.ok_or_else(|| format!("no {name} in {}", self.text).into())
    }

    fn claims(&self, name: &str) -> Result<Value> {
        let payload = self.variable(name)?.split('.').nth(1);
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.ok_or("no payload")?)?;
        Ok(serde_json::from_slice(&payload)?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_can_be_started_with_the_variables() -> Result {
    let program = Program::start(&["--resource", "http://localhost:8000/mcp"])?;
    assert_eq!(program.variable("BASE_URL")?, "http://localhost:8000");
    assert!(program.variable("WORKOS_CLIENT_ID")?.starts_with("client_"));
    let domain = program.variable("WORKOS_AUTHKIT_DOMAIN")?;
    let discovery = format!("{domain}/.well-known/oauth-authorization-server");
    let discovery: Value = reqwest::get(discovery).await?.json().await?;
    assert_eq!(discovery["issuer"], domain);

    let users = format!(
        "{}/user_management/users",
        program.variable("WORKOS_API_URL")?
    );
    let users = reqwest::Client::new()
        .get(users)
        .bearer_auth(program.variable("WORKOS_API_KEY")?)
        .send()
        .await?;
    assert_eq!(users.status(), StatusCode::OK);
    let users: Value = users.json().await?;
    for user in users["data"].as_array().ok_or("no users")? {
        for shown in [&user["email"], &user["id"]] {
            let shown = shown.as_str().ok_or("no text")?;
            assert!(program.text.contains(shown), "{shown} in {}", program.text);
        }
    }
    Ok(())
}

#[tokio::test]
async fn tokens_are_printed_for_who_and_what_is_asked() -> Result {
    let program = Program::start(&[
        "--resource",
        "http://localhost:8000/tools",
        "--scope",
        "reports:export",
        "--token",
        "ada@example.com,scope=reports:export",
        "--token",
        "grace@example.com,organization=Globex",
    ])?;
    assert!(program.text.contains("# with mcp_path: \"/tools\""));
    let ada = program.claims("TOKEN")?;
    assert_eq!(ada["aud"], "http://localhost:8000/tools");
    assert_eq!(ada["iss"], program.variable("WORKOS_AUTHKIT_DOMAIN")?);
    assert_eq!(
        ada["scope"],
        "openid profile email offline_access reports:export"
    );
    let grace = program.claims("TOKEN_2")?;
    assert_eq!(grace["scope"], "openid profile email offline_access");
    assert_ne!(grace["org_id"], ada["org_id"]);

    let whom = "# grace@example.com in Globex, for http://localhost:8000/tools, for 300 s, with the scopes openid profile email offline_access\n";
    assert!(program.text.contains(whom), "{}", program.text);

    // A token for a resource is none for AuthKit itself; one for the environment is.
    let program = Program::start(&["--token", "grace@example.com"])?;
    let response = reqwest::Client::new()
        .get(format!(
            "{}/oauth2/userinfo",
            program.variable("WORKOS_AUTHKIT_DOMAIN")?
        ))
        .bearer_auth(program.variable("TOKEN")?)
        .send()
        .await?;
    assert_eq!(response.status(), StatusCode::OK);
    let identity: Value = response.json().await?;
    assert_eq!(identity["email"], "grace@example.com");
    Ok(())
}

#[test]
fn a_token_that_cannot_be_is_told() -> Result {
    for (token, problem) in [
        (
            "peter@example.com",
            "no such user; there are ada@example.com, grace@example.com",
        ),
        (
            "ada@example.com,organization=Globex",
            "not an active member of Globex",
        ),
        (
            "ada@example.com,scope=reports:export",
            "add --scope reports:export",
        ),
        (
            "ada@example.com,role=admin",
            "neither organization=… nor scope=…",
        ),
    ] {
        let output = program(&["--token", token]).output()?;
        assert!(!output.status.success(), "{token}");
        assert!(output.stdout.is_empty(), "{token}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(problem), "{token}: {told}");
    }
    Ok(())
}
