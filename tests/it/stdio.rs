//! A server on stdio, started as a client starts it, for the holder of the key in its environment.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use rmcp::{
    RoleClient,
    model::{
        CallToolRequestParams, CallToolResult, ErrorCode, GetPromptRequestParams, ProtocolVersion,
    },
    service::{ClientLifecycleMode, ClientServiceExt, RunningService, ServiceError},
    transport::TokioChildProcess,
};
use tokio::{io::AsyncReadExt, process::Command, task::JoinHandle};
use workos_mcp_emulator::{ApiKey, Emulator, Endpoint, Fault};

const VARIABLE: &str = "WORKOS_MCP_CALLER_API_KEY";

/// The server, with nothing of this process's environment.
fn server(emulator: &Emulator, key: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stdio-server"));
    command
        .env_clear()
        .env("WORKOS_AUTHKIT_DOMAIN", emulator.issuer())
        .env("WORKOS_API_URL", emulator.url())
        .env("WORKOS_API_KEY", emulator.api_key())
        .env("BASE_URL", "http://127.0.0.1:8000")
        .args(arguments)
        .kill_on_drop(true);
    if let Some(key) = key {
        command.env(VARIABLE, key);
    }
    command
}

const PERMISSION: [&str; 2] = ["--permission", "mcp:use"];

type Client = RunningService<RoleClient, ()>;

/// rmcp's own client of this server, and what the server logs until it ends.
async fn client(server: Command, lifecycle: ClientLifecycleMode) -> (Client, JoinHandle<String>) {
    let (process, stderr) = TokioChildProcess::builder(server)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = stderr.unwrap();
    // Read all along: a server that nobody listens to stops when the pipe is full.
    let logs = tokio::spawn(async move {
        let mut logs = String::new();
        stderr.read_to_string(&mut logs).await.unwrap();
        logs
    });
    let client = ().serve_with_lifecycle(process, lifecycle).await.unwrap();
    (client, logs)
}

fn lifecycles() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    ]
}

async fn call(client: &Client, tool: &'static str) -> Result<CallToolResult, ServiceError> {
    client.call_tool(CallToolRequestParams::new(tool)).await
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

fn code(error: &ServiceError) -> i32 {
    match error {
        ServiceError::McpError(error) => error.code.0,
        error => panic!("{error:?}"),
    }
}

async fn started() -> (Emulator, ApiKey) {
    let emulator = Emulator::start().await.unwrap();
    let key = ApiKey::of_organization(emulator.acme(), "The build server of the countess")
        .with_permission("widgets:read")
        .with_permission("mcp:use");
    let key = emulator.add_api_key(key);
    (emulator, key)
}

#[tokio::test]
async fn every_request_is_of_the_holder_of_the_key() {
    let (emulator, key) = started().await;
    let caller = format!("api_key {} of {}", key.id(), emulator.acme());
    for lifecycle in lifecycles() {
        let server = server(&emulator, Some(key.value()), &PERMISSION);
        let (client, logs) = client(server, lifecycle).await;

        let tools = client.list_all_tools().await.unwrap();
        let mut names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "caller",
                "extracted",
                "guarded",
                "reads",
                "session",
                "session-extracted",
                "spawned"
            ],
            "by the rules of tools"
        );
        for tool in ["caller", "guarded", "extracted", "spawned"] {
            let told = call(&client, tool).await.unwrap();
            assert_eq!(text(&told), caller, "{tool}");
        }
        for tool in ["writes", "deletes", "no-such-tool"] {
            let unknown = call(&client, tool).await.unwrap_err();
            assert_eq!(code(&unknown), ErrorCode::INVALID_PARAMS.0, "{tool}");
            assert!(unknown.to_string().contains("tool not found"), "{unknown}");
        }
        let reads = call(&client, "reads").await.unwrap();
        assert_eq!(text(&reads), "read for api_key, 1", "nothing else has run");
        for refused in [
            call(&client, "session")
                .await
                .map(|told| text(&told).to_owned()),
            call(&client, "session-extracted")
                .await
                .map(|told| text(&told).to_owned())
                .or_else(|error| Ok(error.to_string())),
        ] {
            let refused = refused.unwrap();
            assert!(
                refused.contains(
                    "only a signed-in user can use this, and the caller is the holder of an API key"
                ),
                "{refused}"
            );
        }
        let advice = client
            .get_prompt(GetPromptRequestParams::new("advice"))
            .await
            .unwrap();
        assert!(format!("{advice:?}").contains(&caller), "{advice:?}");

        client.cancel().await.unwrap();
        let logs = logs.await.unwrap();
        for who in ["rmcp", "hyper", "workos_mcp"] {
            assert!(logs.contains(&format!(" {who}")), "{who} logs nothing");
        }
        for secret in [key.value(), emulator.api_key(), key.name()] {
            let line = logs.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{line:?}");
        }
    }
    assert_eq!(
        emulator.requests(Endpoint::ValidateApiKey),
        2,
        "one for each server"
    );
}

/// Until the tool says this.
async fn until(client: &Client, said: &str) -> CallToolResult {
    let began = Instant::now();
    loop {
        let told = tokio::time::timeout(Duration::from_secs(20), call(client, "caller"));
        let told = told.await.expect("a call is answered").unwrap();
        if text(&told).contains(said) {
            return told;
        }
        let so_long = began.elapsed();
        assert!(so_long < Duration::from_secs(20), "{said:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_key_is_asked_about_for_every_request_and_a_revoked_one_is_refused() {
    let (emulator, key) = started().await;
    let caller = format!("api_key {}", key.id());
    for lifecycle in lifecycles() {
        let arguments = [&PERMISSION[..], &["--ttl", "200"]].concat();
        let server = server(&emulator, Some(key.value()), &arguments);
        let (client, _logs) = client(server, lifecycle).await;
        until(&client, &caller).await;

        emulator.fault(Endpoint::ValidateApiKey, Fault::Status(500));
        let unavailable = until(&client, "API keys cannot be checked right now").await;
        assert_eq!(unavailable.is_error, Some(true));
        assert_eq!(code(&client.list_all_tools().await.unwrap_err()), 503);
        emulator.clear_fault(Endpoint::ValidateApiKey);
        until(&client, &caller).await;

        assert!(emulator.revoke_api_key(key.id()));
        let refused = until(&client, VARIABLE).await;
        assert_eq!(refused.is_error, Some(true));
        assert_eq!(
            text(&refused),
            "the API key in WORKOS_MCP_CALLER_API_KEY is not valid for this server any more; start the server anew with another"
        );
        assert_eq!(code(&client.list_all_tools().await.unwrap_err()), 401);
        let prompt = client.get_prompt(GetPromptRequestParams::new("advice"));
        assert_eq!(code(&prompt.await.unwrap_err()), 401);
        client.cancel().await.unwrap();
        emulator.add_api_key(key.clone());
    }
}

/// Runs a server that ends by itself; what it says.
async fn ended(mut server: Command) -> (bool, String) {
    server
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = tokio::time::timeout(Duration::from_secs(30), server.output())
        .await
        .expect("it ends by itself")
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout, "", "stdout is the client's");
    (
        output.status.success(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_what_to_mend_before_anything_is_served() {
    let (emulator, key) = started().await;
    let other = emulator.add_api_key(ApiKey::of_organization(emulator.acme(), "Other"));
    let unknown = ApiKey::of_organization(emulator.acme(), "Unknown");
    let foreign = ApiKey::of_organization(emulator.globex(), "Foreign");
    let foreign = emulator.add_api_key(foreign.with_permission("mcp:use"));
    let organization = [&PERMISSION[..], &["--organization", emulator.acme()]].concat();
    for (key, arguments, said) in [
        (
            None,
            &PERMISSION[..],
            "WORKOS_MCP_CALLER_API_KEY is missing; set it to the API key",
        ),
        (
            Some(" "),
            &PERMISSION,
            "WORKOS_MCP_CALLER_API_KEY is missing; set it to the API key",
        ),
        (
            Some("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"),
            &PERMISSION,
            "WORKOS_MCP_CALLER_API_KEY is no API key of WorkOS",
        ),
        (
            Some(emulator.api_key()),
            &PERMISSION,
            "WORKOS_MCP_CALLER_API_KEY is not the key of a caller: it is this server's own `api_key`",
        ),
        (
            Some(unknown.value()),
            &PERMISSION,
            "WORKOS_MCP_CALLER_API_KEY is an API key that is not let in: WorkOS knows no such key",
        ),
        (
            Some(other.value()),
            &PERMISSION,
            "WORKOS_MCP_CALLER_API_KEY is an API key that is not let in: it was not given the permission",
        ),
        (
            Some(foreign.value()),
            &organization,
            "the holder of WORKOS_MCP_CALLER_API_KEY is not let in: you are not allowed to use this",
        ),
        (Some(key.value()), &[], "set `api_keys` on the provider"),
    ] {
        let (good, told) = ended(server(&emulator, key, arguments)).await;
        assert!(!good, "{said}: {told}");
        let told_at_the_end = told.lines().last().unwrap_or_default();
        assert_eq!(
            told_at_the_end.find("Error: cannot serve on stdio: "),
            Some(0),
            "{told_at_the_end}"
        );
        assert!(told_at_the_end.contains(said), "{said}: {told_at_the_end}");
        if let Some(key) = key.filter(|key| key.len() > 1) {
            let line = told.lines().find(|line| line.contains(key));
            assert!(line.is_none(), "{line:?}");
        }
    }
    emulator.fault(Endpoint::ValidateApiKey, Fault::Status(503));
    let (good, told) = ended(server(&emulator, Some(key.value()), &PERMISSION)).await;
    assert!(
        !good
            && told.contains(
                "WORKOS_MCP_CALLER_API_KEY cannot be checked right now: WorkOS answered with HTTP 503"
            ),
        "{told}"
    );
}

#[tokio::test]
async fn a_server_ends_well_when_its_client_goes_away() {
    let (emulator, key) = started().await;
    let organization = [&PERMISSION[..], &["--organization", emulator.acme()]].concat();
    let (good, told) = ended(server(&emulator, Some(key.value()), &organization)).await;
    assert!(good, "{told}");
    assert!(told.contains("serving MCP on stdio"), "{told}");
}
