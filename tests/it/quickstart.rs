//! The README's first command starts a server that can be called with what it prints.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use workos_mcp_tests::Wire;

/// The example as a newcomer starts it, ended with the test.
struct Quickstart {
    process: Child,
    url: String,
    token: String,
}

impl Quickstart {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .args(["run", "--quiet", "--example", "quickstart"])
            .stdout(Stdio::piped());
        for variable in [
            "WORKOS_API_KEY",
            "WORKOS_CLIENT_ID",
            "WORKOS_AUTHKIT_DOMAIN",
            "BASE_URL",
            "BIND",
            "PORT",
        ] {
            command.env_remove(variable);
        }
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut after = |title: &str| {
            lines.find(|line| line.starts_with(title)).unwrap();
            lines
                .find(|line| !line.is_empty())
                .unwrap()
                .trim()
                .to_owned()
        };
        let url = after("MCP URL");
        let token = after("An access token");
        // The last thing that it says before it listens.
        lines
            .find(|line| line.contains("serving MCP behind AuthKit"))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            url,
            token,
        }
    }
}

impl Drop for Quickstart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_quickstart_answers_with_what_it_prints() {
    let quickstart = tokio::task::spawn_blocking(Quickstart::start)
        .await
        .unwrap();
    let wire = Wire::modern(&quickstart.url, &quickstart.token);

    let greeted = wire.call_tool("greet", json!({ "name": "Ada" })).await;
    let ada = greeted
        .text()
        .strip_prefix("Hello, Ada! Your WorkOS user ID is ")
        .unwrap()
        .to_owned();

    let whoami = wire.call_tool("whoami", json!({})).await;
    let whoami: Value = serde_json::from_str(whoami.text()).unwrap();
    assert_eq!(whoami["session"]["userId"], ada);
    assert_eq!(whoami["session"]["role"], Value::Null);
    assert_eq!(whoami["session"]["permissions"], Value::Null);
    assert!(
        whoami["session"]["sessionId"].is_string()
            && whoami["session"]["organizationId"].is_string()
    );
    for time in [
        &whoami["session"]["expiresAt"],
        &whoami["session"]["issuedAt"],
        &whoami["user"]["createdAt"],
    ] {
        let time = time.as_str().unwrap();
        assert!(
            time.len() >= 20 && time.ends_with('Z') && &time[10..11] == "T",
            "{time}"
        );
    }
    assert_eq!(whoami["user"]["id"], ada);
    assert_eq!(whoami["user"]["email"], "ada@example.com");
    assert_eq!(whoami["user"]["firstName"], "Ada");
    assert_eq!(whoami["user"]["emailVerified"], true);

    let user = wire.call_tool("get-user-info", json!({})).await;
    assert_eq!(
        serde_json::from_str::<Value>(user.text()).unwrap()["email"],
        "ada@example.com"
    );
    let memberships = wire.call_tool("get-my-memberships", json!({})).await;
    let memberships: Value = serde_json::from_str(memberships.text()).unwrap();
    assert_eq!(memberships.as_array().unwrap().len(), 1);
    assert_eq!(memberships[0]["role"]["slug"], "admin");
}
