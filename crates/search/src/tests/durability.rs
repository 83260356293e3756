//! Cursor, crashes, damage and rebuilds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use super::{ids, product, put};
use crate::Language::En;
use crate::{Change, OpenError, OpenOptions, ProductIndex, RebuildError};

fn open(dir: &Path) -> Result<ProductIndex, OpenError> {
    ProductIndex::open(dir, &OpenOptions::default())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Files of the current index.
fn files(dir: &Path) -> Vec<PathBuf> {
    let index = fs::read_dir(dir).unwrap().flatten().find(|e| e.path().is_dir()).unwrap();
    fs::read_dir(index.path()).unwrap().flatten().map(|e| e.path()).collect()
}

#[test]
fn documents_and_cursor_survive_reopening_together() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).unwrap();
    assert_eq!((index.cursor(), index.is_empty()), (0, true));
    index.apply(&[put(product("a", "甲", "Alpha"))], 7).unwrap();
    index.apply(&[], 9).unwrap();
    assert_eq!(index.cursor(), 9);
    drop(index);
    let index = open(dir.path()).unwrap();
    assert_eq!(index.cursor(), 9);
    assert_eq!(ids(&index, "alpha", En), ["a"]);
    index.rest().unwrap();
    index.apply(&[Change::Remove("a".to_owned())], 10).unwrap();
    index.rest().unwrap();
    assert_eq!((index.cursor(), index.len()), (10, 0));
}

#[test]
fn a_copy_taken_while_open_is_a_consistent_state() {
    let (dir, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = open(dir.path()).unwrap();
    let add = |number: i64| {
        let doc = product(&format!("p{number}"), "甲", "Alpha");
        index.apply(&[put(doc)], number).unwrap();
    };
    let survivor = |name: &str| {
        let copied = crashed.path().join(name);
        copy(dir.path(), &copied);
        let index = open(&copied).unwrap();
        (index.cursor(), index.len())
    };
    // The writer stays alive and holds its lock, as at a kill. So few segments
    // are not merged yet: a merge could replace files while they are copied
    // one by one, which no crash does.
    for number in 1..=6 {
        add(number);
        assert_eq!(survivor(&number.to_string()), (number, number as u64));
    }
    (7..=20).for_each(add);
    index.rest().unwrap();
    assert_eq!(survivor("merged"), (20, 20));
}

#[test]
fn uncommitted_files_are_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).unwrap();
    index.apply(&[put(product("a", "甲", "Alpha"))], 3).unwrap();
    {
        // Documents given to a writer that never commits.
        let mut writing = index.lock_for_tests();
        writing.add_without_commit(&product("b", "乙", "Beta"));
    }
    let crashed = tempfile::tempdir().unwrap();
    copy(dir.path(), crashed.path());
    let survivor = open(crashed.path()).unwrap();
    assert_eq!((survivor.cursor(), survivor.len()), (3, 1));
    survivor.apply(&[put(product("b", "乙", "Beta"))], 4).unwrap();
    assert_eq!(survivor.len(), 2);
}

#[test]
fn damage_is_reported_and_a_reset_helps() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).unwrap();
    index.apply(&[put(product("a", "甲", "Alpha"))], 3).unwrap();
    index.rest().unwrap();
    drop(index);
    for extension in ["store", "term", "idx", "fast", "json"] {
        let copied = tempfile::tempdir().unwrap();
        copy(dir.path(), copied.path());
        let victim = files(copied.path())
            .into_iter()
            .find(|path| path.extension().is_some_and(|e| e == extension) && !path.ends_with(".managed.json"))
            .unwrap();
        let mut bytes = fs::read(&victim).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle] ^= 0x55;
        bytes.truncate(bytes.len() - usize::from(extension == "json"));
        fs::write(&victim, bytes).unwrap();
        let error = open(copied.path()).err();
        assert!(matches!(error, Some(OpenError::Damaged(_))), "{extension}: {error:?}");
        let index = ProductIndex::reset(copied.path(), &OpenOptions::default()).unwrap();
        assert_eq!((index.cursor(), index.len()), (0, 0));
        index.rebuild(vec![product("b", "乙", "Beta")], 5).unwrap();
        drop(index);
        assert_eq!(open(copied.path()).unwrap().cursor(), 5);
    }
    fs::remove_file(dir.path().join("CURRENT")).unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::Damaged(_))));
    fs::write(dir.path().join("CURRENT"), "{").unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::Damaged(_))));
}

#[test]
fn another_version_or_other_words_need_a_rebuild() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let options = OpenOptions { extra_words: vec!["云坊".to_owned()], ..OpenOptions::default() };
    let other = ProductIndex::open(dir.path(), &options).err();
    assert!(matches!(other, Some(OpenError::NeedsRebuild(_))));
    let path = dir.path().join("CURRENT");
    let text = fs::read_to_string(&path).unwrap();
    let old = format!("\"schema_version\":{}", crate::schema::SCHEMA_VERSION);
    assert!(text.contains(&old));
    fs::write(&path, text.replace(&old, "\"schema_version\":0")).unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::NeedsRebuild(_))));
}

#[test]
fn searches_go_on_during_a_rebuild_and_then_see_it() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).unwrap();
    index.apply(&[put(product("old", "旧", "Alpha"))], 3).unwrap();
    let (started, wait_started) = mpsc::channel();
    let (go_on, wait_go_on) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let index = &index;
        let rebuild = scope.spawn(move || {
            let docs = ["x", "y"].into_iter().map(move |id| {
                started.send(()).unwrap();
                wait_go_on.recv().unwrap();
                product(id, "新", "Alpha")
            });
            index.rebuild(docs, 20)
        });
        wait_started.recv().unwrap();
        assert_eq!(ids(index, "alpha", En), ["old"]);
        assert_eq!(index.cursor(), 3);
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        rebuild.join().unwrap().unwrap();
    });
    assert_eq!(ids(&index, "alpha", En), ["x", "y"]);
    assert_eq!(index.cursor(), 20);
    index.apply(&[put(product("z", "新", "Alpha"))], 21).unwrap();
    drop(index);
    let index = open(dir.path()).unwrap();
    assert_eq!((index.cursor(), index.len()), (21, 3));
    let left = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 2, "only CURRENT and one index remain");
}

#[test]
fn an_interrupted_rebuild_leaves_the_old_index() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).unwrap();
    index.apply(&[put(product("old", "旧", "Alpha"))], 3).unwrap();
    let docs = vec![Ok(product("x", "新", "Alpha")), Err("source failed")];
    let error = index.try_rebuild(docs, 20).err();
    assert!(matches!(error, Some(RebuildError::Source("source failed"))));
    assert_eq!((ids(&index, "alpha", En), index.cursor()), (vec!["old".to_owned()], 3));
    index.apply(&[put(product("more", "旧", "Alpha"))], 4).unwrap();
    drop(index);
    // What a kill in the middle of a rebuild leaves.
    let unfinished = dir.path().join("index-2.building");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("meta.json"), "{").unwrap();
    let index = open(dir.path()).unwrap();
    assert_eq!((index.cursor(), index.len()), (4, 2));
    assert!(!unfinished.exists());
}

#[test]
fn a_rebuild_in_memory_swaps_too() {
    let index = super::ram(vec![product("old", "旧", "Alpha")]);
    index.rebuild((0..50).map(|n| product(&format!("n{n:02}"), "新", "Alpha")), 8).unwrap();
    assert_eq!((index.cursor(), index.len()), (8, 50));
    assert_eq!(ids(&index, "alpha", En)[0], "n00");
}

#[test]
fn two_writers_on_one_directory_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (open(dir.path()).unwrap(), open(dir.path()).unwrap());
    first.apply(&[], 1).unwrap();
    assert!(matches!(second.apply(&[], 1), Err(crate::IndexError::Locked)));
    first.rest().unwrap();
    second.apply(&[], 2).unwrap();
}
