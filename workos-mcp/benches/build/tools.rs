//! A crate with a hundred tools, with and without attributes: what the compiler takes for the crate alone.

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{
    cargo::{self, Cost},
    numbers::{median, percent},
    servers::RMCP_OURS,
    workspace,
};

const TOOLS: usize = 100;
const ROUNDS: usize = 7;

/// A way to write the same hundred tools.
pub(crate) struct Variant {
    pub(crate) package: &'static str,
    title: &'static str,
    attribute: &'static str,
    /// Another parameter of each tool.
    parameter: &'static str,
    /// Whom its answer names.
    caller: &'static str,
}

const PLAIN: Variant = Variant {
    package: "tools-plain",
    title: "#[tool]",
    attribute: "",
    parameter: "",
    caller: "self.owner",
};

const SESSION: Variant = Variant {
    package: "tools-session",
    title: "#[requires_session] #[tool], with a `Session`",
    attribute: "#[workos_mcp::requires_session]",
    parameter: "session: workos_mcp::Session",
    caller: "session.user_id()",
};

const RULE: Variant = Variant {
    package: "tools-rule",
    title: "the same with (role = \"admin\", scope = \"x\")",
    attribute: "#[workos_mcp::requires_session(role = \"admin\", scope = \"x\")]",
    parameter: SESSION.parameter,
    caller: SESSION.caller,
};

const USER: Variant = Variant {
    package: "tools-user",
    title: "#[workos_user] #[tool], with a `User`",
    attribute: "#[workos_mcp::workos_user]",
    parameter: "user: workos_mcp::User",
    caller: "user.id",
};

pub(crate) const VARIANTS: [Variant; 4] = [PLAIN, SESSION, RULE, USER];

impl Variant {
    /// Each tool takes the same arguments: a type for each would have a share of its own, and make ours look small.
    pub(crate) fn source(&self, edit: usize) -> String {
        let Self {
            attribute,
            parameter,
            caller,
            ..
        } = self;
        let tools: Vec<_> = (0..TOOLS)
            .map(|number| {
                let edit = if number == 0 { edit } else { 0 };
                format!(
                    r#"
    /// Answers with a name, {number}.
    {attribute}
    #[tool]
    async fn tool_{number}(
        &self,
        Parameters(arguments): Parameters<Arguments>,
        {parameter}
    ) -> Result<String, ErrorData> {{
        Ok(format!("{edit} {{}} {{}}", arguments.name, {caller}))
    }}
"#
                )
            })
            .collect();
        let tools = tools.concat();
        format!(
            r#"use rmcp::{{
    ErrorData, handler::server::wrapper::Parameters, schemars::JsonSchema, serde::Deserialize, tool, tool_router,
}};

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "rmcp::serde")]
#[schemars(crate = "rmcp::schemars")]
pub struct Arguments {{
    name: String,
}}

#[derive(Clone)]
pub struct Tools {{
    pub owner: &'static str,
}}

#[tool_router(server_handler)]
impl Tools {{{tools}}}
"#
        )
    }
}

/// What is asked of the compiler.
#[derive(Clone, Copy)]
enum Work {
    Check,
    Build,
    /// A build with incremental compilation, as `cargo build` has it, after a change in one tool.
    Edit,
}

impl Work {
    fn title(self) -> &'static str {
        match self {
            Self::Check => "cargo check",
            Self::Build => "cargo build",
            Self::Edit => "cargo build after a change in one tool",
        }
    }

    fn cost(self, package: &str) -> Cost {
        let (subcommand, incremental) = match self {
            Self::Check => ("check", "0"),
            Self::Build => ("build", "0"),
            Self::Edit => ("build", "1"),
        };
        cargo::cost(
            cargo::command(workspace::folder(), &workspace::target(RMCP_OURS.package))
                .env("CARGO_INCREMENTAL", incremental)
                .args([subcommand, "--package", package]),
        )
    }

    /// Makes the crate one that must be compiled again.
    fn prepare(self, variant: &Variant, round: usize) {
        let path = workspace::source(variant.package, "lib.rs");
        match self {
            Self::Check | Self::Build => touch(&path),
            Self::Edit => fs::write(path, variant.source(round + 1)).unwrap(),
        }
    }
}

fn touch(path: &Path) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now()).unwrap();
}

pub(crate) fn print() {
    println!(
        "\na crate of {TOOLS} tools, its dependencies built: median of {ROUNDS} interleaved rounds, without what cargo takes \
         when there is nothing to do; and the attributes' share"
    );
    for work in [Work::Check, Work::Build, Work::Edit] {
        println!("{}", work.title());
        of(work);
    }
}

fn of(work: Work) {
    let mut idle = Vec::new();
    let mut costs = VARIANTS.map(|_| Vec::new());
    for variant in &VARIANTS {
        work.cost(variant.package);
    }
    for round in 0..ROUNDS {
        for (variant, costs) in VARIANTS.iter().zip(&mut costs) {
            work.prepare(variant, round);
            costs.push(work.cost(variant.package));
            idle.push(work.cost(variant.package));
        }
    }
    let idle = Medians::of(&idle);
    let costs = costs.map(|costs| Medians::of(&costs).without(&idle));
    let [plain, ..] = &costs;
    for (variant, cost) in VARIANTS.iter().zip(&costs) {
        println!("{:<48} {}", variant.title, cost.beside(plain));
    }
}

struct Medians {
    elapsed: Duration,
    processor: Option<Duration>,
}

impl Medians {
    fn of(costs: &[Cost]) -> Self {
        let processor: Option<Vec<_>> = costs.iter().map(|cost| cost.processor).collect();
        Self {
            elapsed: median(costs.iter().map(|cost| cost.elapsed).collect()),
            processor: processor.map(median),
        }
    }

    fn without(self, idle: &Self) -> Self {
        Self {
            elapsed: self.elapsed.saturating_sub(idle.elapsed),
            processor: self
                .processor
                .zip(idle.processor)
                .map(|(all, idle)| all.saturating_sub(idle)),
        }
    }

    fn beside(&self, plain: &Self) -> String {
        let shown = |time: Duration, plain: Duration| {
            let share = percent(time.saturating_sub(plain), time);
            format!("{:>8} {share:>5}", format!("{} ms", time.as_millis()))
        };
        let processor = self.processor.zip(plain.processor);
        let processor = processor.map_or_else(
            || "-".to_owned(),
            |(processor, plain)| shown(processor, plain),
        );
        format!(
            "{}, processor {processor}",
            shown(self.elapsed, plain.elapsed)
        )
    }
}
