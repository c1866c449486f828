//! Makes a repository and a commit in it with libgit2. The same commit made by git has the same id.

use git2::{Repository, Signature, Time};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("commits-{}", std::process::id()));
    let repository = Repository::init(&folder)?;
    let blob = repository.blob(b"hello\n")?;
    let mut builder = repository.treebuilder(None)?;
    builder.insert("hello.txt", blob, 0o100644)?;
    let tree = repository.find_tree(builder.write()?)?;
    let author = Signature::new("A", "a@example.org", &Time::new(1_000_000_000, 0))?;
    let id = repository.commit(Some("HEAD"), &author, &author, "first\n", &tree, &[])?;
    println!("{id}");
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
