//! The members import each other in one direction only, and what is foreign to a part is not named in it.

use std::process::Command;

use serde_json::Value;

fn dependencies_between_members() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo answers");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut arrows = Vec::new();
    for package in &packages {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let to = dependency["name"].as_str().expect("a name");
            if names.contains(&to) {
                arrows.push((package["name"].as_str().expect("a name").to_owned(), to.to_owned()));
            }
        }
    }
    arrows.sort();
    arrows.dedup();
    arrows
}

#[test]
fn the_arrows_between_members_point_one_way() {
    let arrow = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        dependencies_between_members(),
        [
            arrow("crawler", "schemas"),
            arrow("index", "schemas"),
            arrow("signpost", "crawler"),
            arrow("signpost", "index"),
            arrow("signpost", "schemas"),
        ]
    );
}

#[test]
fn sql_stands_in_the_catalogue_and_the_engine_in_the_index() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "crawler/src", "schemas/src"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 50, "the sources are where they are looked for");
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a source file");
        let in_catalogue = path.starts_with(root.join("src/catalogue"));
        assert!(in_catalogue || !text.contains("sqlx::"), "{} speaks SQL", path.display());
        assert!(!text.contains("tantivy"), "{} knows the engine", path.display());
    }
}

#[test]
fn the_web_stays_at_the_edge_and_the_index_knows_neither_it_nor_the_store() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, strangers) in [
        ("index/src", ["axum", "sqlx", "reqwest"].as_slice()),
        ("src/jobs", ["axum"].as_slice()),
        ("src/catalogue", ["axum"].as_slice()),
    ] {
        let mut files = Vec::new();
        collect(&root.join(folder), &mut files);
        assert!(files.len() >= 5, "the sources of {folder} are where they are looked for");
        for path in files {
            let text = std::fs::read_to_string(&path).expect("a source file");
            for stranger in strangers {
                assert!(!text.contains(*stranger), "{} knows {stranger}", path.display());
            }
        }
    }
}

fn collect(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}
