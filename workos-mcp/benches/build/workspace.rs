//! The workspace of generated crates, with the versions of this workspace's lock file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use crate::{cargo, servers, tools};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(generated);

/// Where it is; written when somebody first asks.
pub(crate) fn folder() -> &'static Path {
    &FOLDER
}

/// The target folder of a package. Each has its own, so that none finds what another has built.
pub(crate) fn target(package: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("build-cost/target")
        .join(package)
}

/// Where a package's code is.
pub(crate) fn source(package: &str, file: &str) -> PathBuf {
    folder().join(package).join("src").join(file)
}

fn generated() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-cost/crates");
    let library = env!("CARGO_MANIFEST_DIR");
    let mut members = Vec::new();
    for server in servers::ALL {
        let dependencies = server.dependencies(library);
        write_package(&folder, server.package, &dependencies);
        write(&folder, server.package, "src/main.rs", server.source);
        members.push(server.package);
    }
    for variant in tools::VARIANTS {
        let dependencies = servers::RMCP_OURS.dependencies(library);
        write_package(&folder, variant.package, &dependencies);
        write(&folder, variant.package, "src/lib.rs", &variant.source(0));
        members.push(variant.package);
    }
    let manifest = format!("[workspace]\nresolver = '3'\nmembers = {members:?}\n");
    write(&folder, "", "Cargo.toml", &manifest);
    let lock = fs::read_to_string(Path::new(library).join("../Cargo.lock")).unwrap();
    write(&folder, "", "Cargo.lock", &lock);

    // Cargo takes out of it what is not needed. What it had to add would not be what users of this version get.
    cargo::run(cargo::command(&folder, &target("none")).args(["update", "--workspace"]));
    let kept = fs::read_to_string(folder.join("Cargo.lock")).unwrap();
    let added: Vec<_> = locked(&kept).difference(&locked(&lock)).cloned().collect();
    assert!(added.is_empty(), "not in our lock file: {added:?}");
    folder
}

fn write_package(folder: &Path, package: &str, dependencies: &str) {
    let manifest = format!(
        "[package]\nname = '{package}'\nedition = '2024'\n\n[dependencies]\n{dependencies}\n"
    );
    write(folder, package, "Cargo.toml", &manifest);
}

fn write(folder: &Path, package: &str, file: &str, content: &str) {
    let path = folder.join(package).join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Names and versions from a registry.
fn locked(lock: &str) -> BTreeSet<String> {
    lock.split("[[package]]")
        .filter(|package| package.contains("\nsource = "))
        .map(|package| {
            let lines = package.lines().filter(|line| !line.is_empty());
            lines.take(2).collect::<Vec<_>>().join(" ")
        })
        .collect()
}
