//! A measured program: built by a call of cargo of its own, told of a site, asked for one number after another.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use harness::{Error, GO, READY, Site};
use serde::{Deserialize, de::DeserializeOwned};

use crate::issuer::Issuer;

#[derive(Clone, Copy)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    /// What it measures, as it is called in the lock file.
    pub(crate) library: &'static str,
    pub(crate) note: &'static str,
}

pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// The same, but with every allocation counted.
    pub(crate) counting: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Times {
    pub(crate) raw_ns: f64,
    pub(crate) cold: f64,
    pub(crate) warm: f64,
}

#[derive(Deserialize)]
pub(crate) struct Allocations {
    pub(crate) cold: f64,
    pub(crate) warm: f64,
}

#[derive(Deserialize)]
pub(crate) struct Refusals {
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    /// When the last one was, after the new key had appeared, in seconds.
    pub(crate) until: f64,
}

impl Package {
    /// The error says what cargo said first.
    pub(crate) fn build(self, counting: bool) -> Result<Program, Error> {
        let counting = if counting {
            // Both come out under one name.
            let built = self.cargo(&["--features", "harness/allocations"])?;
            let kept = built.with_file_name(format!("{}-counting", self.name));
            fs::copy(&built, &kept)?;
            Some(kept)
        } else {
            None
        };
        let path = self.cargo(&[])?;
        Ok(Program { path, counting })
    }

    fn cargo(self, features: &[&str]) -> Result<PathBuf, Error> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
        let target = workspace.with_file_name("target");
        eprintln!("building {} {}", self.name, features.join(" "));
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "build",
                "--release",
                "--locked",
                "--quiet",
                "--package",
                self.name,
            ])
            .args(features)
            .arg("--manifest-path")
            .arg(workspace)
            .arg("--target-dir")
            .arg(&target)
            .output()?;
        if output.status.success() {
            return Ok(target.join("release").join(self.name));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| line.starts_with("error"));
        Err(first.unwrap_or("cargo does not say why").into())
    }

    /// Its version as it is locked.
    pub(crate) fn version(self) -> Option<&'static str> {
        let lock = include_str!("../../Cargo.lock");
        let entry = format!("name = \"{}\"\nversion = \"", self.library);
        lock.split_once(&entry)?.1.split('"').next()
    }
}

impl Program {
    pub(crate) fn time(&self, site: &Site) -> Result<Times, Error> {
        call(Command::new(&self.path).arg("time"), site)
    }

    pub(crate) fn allocations(&self, site: &Site) -> Result<Allocations, Error> {
        let program = self
            .counting
            .as_ref()
            .ok_or("nothing was built to count with")?;
        call(Command::new(program).arg("allocations"), site)
    }

    /// Instructions of one request, from two runs that differ only in how many requests are sent.
    pub(crate) fn instructions(
        &self,
        site: &Site,
        tokens: &str,
        requests: u64,
    ) -> Result<f64, Error> {
        let collected = |sent: u64| {
            let mut valgrind = Command::new("valgrind");
            valgrind
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                .arg(&self.path)
                .args(["requests", tokens])
                .args([(2 * requests).to_string(), sent.to_string()]);
            let said = finish(start(&mut valgrind, site)?)?.1;
            let collected = said
                .lines()
                .find_map(|line| line.split_once("Collected : "))
                .ok_or("callgrind says nothing of what it collected")?;
            Ok::<f64, Error>(collected.1.trim().parse()?)
        };
        let (once, twice) = (collected(requests)?, collected(2 * requests)?);
        Ok((twice - once) / requests as f64)
    }

    /// Refusals, and fetches of the key set since the new key appeared.
    pub(crate) fn rotation(
        &self,
        site: &Site,
        issuer: &Issuer,
        seconds: u64,
    ) -> Result<(Refusals, usize), Error> {
        let mut command = Command::new(&self.path);
        let mut child = start(command.args(["rotation", &seconds.to_string()]), site)?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("it has no output")?).lines();
        if lines.next().transpose()?.as_deref() != Some(READY) {
            return Err(failure(finish(child)?.1));
        }
        issuer.rotate();
        let before = issuer.fetches();
        tell(&child, GO)?;
        let line = lines.next().transpose()?;
        let said = finish(child)?.1;
        let refusals = serde_json::from_str(&line.ok_or_else(|| failure(said))?)?;
        Ok((refusals, issuer.fetches() - before))
    }
}

fn start(command: &mut Command, site: &Site) -> Result<Child, Error> {
    let child = command
        // Whatever this machine has between itself and the world, it is not for loopback.
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    match tell(&child, &serde_json::to_string(site)?) {
        Ok(()) => Ok(child),
        // It has ended already, and said why.
        Err(error) => Err(finish(child).err().unwrap_or(error)),
    }
}

fn tell(child: &Child, line: &str) -> Result<(), Error> {
    let mut input = child.stdin.as_ref().ok_or("it has no input")?;
    Ok(writeln!(input, "{line}")?)
}

/// What it wrote, to both outputs.
fn finish(child: Child) -> Result<(String, String), Error> {
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(failure(said));
    }
    Ok((String::from_utf8(output.stdout)?, said))
}

fn failure(said: String) -> Error {
    match said.lines().find_map(|line| line.strip_prefix("error: ")) {
        Some(error) => error.into(),
        None => said.into(),
    }
}

fn call<T: DeserializeOwned>(command: &mut Command, site: &Site) -> Result<T, Error> {
    let answer = finish(start(command, site)?)?.0;
    Ok(serde_json::from_str(&answer)?)
}
