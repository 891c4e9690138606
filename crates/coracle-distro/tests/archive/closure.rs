//! What a request draws in.

use coracle_distro::solve::{Error, Request};
use coracle_distro::{ArchiveName, Pin};
use coracle_testkit::archive::{FolderFetch, MemoryKeep, TestArchive, TestPackage};

use crate::world::World;

fn package(name: &str, version: &str) -> TestPackage {
    TestPackage::new(name, version)
}

fn world(packages: Vec<TestPackage>) -> World {
    let builder = packages
        .into_iter()
        .fold(TestArchive::builder(), |builder, package| {
            builder.package(package)
        });
    World {
        archive: builder.build().unwrap(),
        fetch: FolderFetch::default(),
        keep: MemoryKeep::default(),
    }
}

/// `name=version` of the closure.
fn closure(
    world: &World,
    packages: &[&str],
    prefer: &[Pin],
    without: &[&str],
) -> Result<Vec<String>, Error> {
    let archive = world.open().unwrap();
    let packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
    let request = Request {
        packages: &packages,
        prefer,
        without,
    };
    let chosen = archive.closure(&request)?;
    Ok(chosen
        .iter()
        .map(|package| format!("{}={}", package.name, package.version))
        .collect())
}

#[test]
fn what_is_depended_on_comes_along_and_what_is_recommended_does_not() {
    let world = world(vec![
        package("aa", "1")
            .depends("bb (>= 1), cc:any")
            .field("Recommends", "dd"),
        package("bb", "1").field("Pre-Depends", "ee"),
        package("cc", "1").depends("aa"),
        package("dd", "1"),
        package("ee", "1"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "bb=1", "cc=1", "ee=1"]
    );
    assert_eq!(
        closure(&world, &["aa"], &[], &["bb"]).unwrap(),
        ["aa=1", "cc=1"]
    );
    assert!(closure(&world, &[], &[], &[]).unwrap().is_empty());
}

#[test]
fn of_alternatives_the_first_is_taken_unless_another_is_there_already() {
    let world = world(vec![
        package("aa", "1").depends("bb | cc"),
        package("bb", "1"),
        package("cc", "1"),
        package("dd", "1").depends("nn | cc"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "bb=1"]
    );
    assert_eq!(
        closure(&world, &["aa", "cc"], &[], &[]).unwrap(),
        ["aa=1", "cc=1"]
    );
    assert_eq!(
        closure(&world, &["dd"], &[], &[]).unwrap(),
        ["cc=1", "dd=1"]
    );
}

#[test]
fn a_real_package_comes_before_its_providers_and_the_important_provider_before_others() {
    let world = world(vec![
        package("aa", "1").depends("real, virtual"),
        package("real", "1"),
        package("alias", "1")
            .field("Provides", "real")
            .field("Priority", "required"),
        package("early", "1")
            .field("Provides", "virtual")
            .field("Priority", "optional"),
        package("late", "1")
            .field("Provides", "virtual")
            .field("Priority", "required"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "late=1", "real=1"]
    );
    assert_eq!(
        closure(&world, &["aa", "early"], &[], &[]).unwrap(),
        ["aa=1", "early=1", "real=1"]
    );
}

#[test]
fn only_a_versioned_provides_satisfies_a_bound() {
    let world = world(vec![
        package("aa", "1").depends("libssl3 (>= 3.0)"),
        package("libssl3t64", "3.5").field("Provides", "libssl3 (= 3.5)"),
        package("libssl3fake", "9").field("Provides", "libssl3"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "libssl3t64=3.5"]
    );
}

#[test]
fn the_newest_is_taken_unless_the_lock_has_another() {
    let mut world = world(vec![package("aa", "1"), package("bb", "1").depends("aa")]);
    let old = world.open().unwrap().newest("aa").unwrap().pin();
    world
        .archive
        .add(ArchiveName::Security, package("aa", "2"))
        .unwrap();
    assert_eq!(
        closure(&world, &["bb"], &[], &[]).unwrap(),
        ["aa=2", "bb=1"]
    );
    assert_eq!(
        closure(&world, &["bb"], &[old], &[]).unwrap(),
        ["aa=1", "bb=1"]
    );
}

#[test]
fn what_conflicts_is_not_chosen_together() {
    let world = world(vec![
        package("aa", "1").depends("bb | cc"),
        package("bb", "1").field("Conflicts", "dd"),
        package("cc", "1"),
        package("dd", "1")
            .depends("aa")
            .field("Provides", "thing")
            .field("Conflicts", "thing"),
        package("ee", "1")
            .field("Breaks", "cc (<< 2)")
            .depends("bb"),
    ]);
    assert_eq!(
        closure(&world, &["dd"], &[], &[]).unwrap(),
        ["aa=1", "cc=1", "dd=1"]
    );
    assert!(matches!(
        closure(&world, &["dd", "ee"], &[], &[]),
        Err(Error::Unsolvable { .. })
    ));
}

#[test]
fn what_cannot_be_had_is_explained() {
    let world = world(vec![
        package("aa", "1").depends("bb (>= 2)"),
        package("bb", "1"),
        package("cc", "1").depends("nothing"),
        package("dd", "1").depends("A (what)"),
    ]);
    let words = ["aa", "cc", "dd", "ship"].map(|name| {
        let error = closure(&world, &[name], &[], &[]).unwrap_err();
        match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }
    });
    insta::assert_snapshot!(words.join("\n"), @r#"
    the packages cannot be had together: aa (any version) cannot be installed because there are no viable options:
    └─ aa 1 would require
       └─ bb (>= 2), for which no candidates were found.
    the packages cannot be had together: cc (any version) cannot be installed because there are no viable options:
    └─ cc 1 would require
       └─ nothing (any version), for which no candidates were found.
    the relations of dd are malformed: "A (what)" is not a package relation: it does not begin with a package name
    debian/trixie has no package "ship"
    "#);
}

#[test]
fn a_relation_is_satisfied_by_what_is_there_already() {
    let world = world(vec![
        package("aa", "1").depends("bb | cc, virtual"),
        package("bb", "1"),
        package("cc", "1"),
        package("early", "1").field("Provides", "virtual"),
        package("late", "1").field("Provides", "virtual"),
    ]);
    let there = {
        let archive = world.open().unwrap();
        ["cc", "early"].map(|name| archive.newest(name).unwrap().pin())
    };
    assert_eq!(
        closure(&world, &["aa"], &there, &[]).unwrap(),
        ["aa=1", "cc=1", "early=1"]
    );
    // Of equals apt takes the one that is listed last.
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "bb=1", "late=1"]
    );
}

#[test]
fn what_is_needed_first_is_followed_to_its_end_before_the_next_relation_is_looked_at() {
    let world = world(vec![
        package("aa", "1").depends("bb, old | new"),
        package("bb", "1").depends("cc"),
        package("cc", "1").depends("new"),
        package("new", "1"),
        package("old", "1").depends("new"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "bb=1", "cc=1", "new=1"]
    );
}

#[test]
fn what_leads_into_a_conflict_is_left_for_the_next_alternative_or_another_version() {
    let world = world(vec![
        package("aa", "1").depends("bb, cc | dd"),
        package("bb", "1"),
        package("cc", "1").depends("ee"),
        package("dd", "1"),
        package("ee", "1").field("Conflicts", "bb"),
        package("ff", "1").depends("gg (= 1)"),
        package("gg", "1"),
        package("gg", "2"),
    ]);
    assert_eq!(
        closure(&world, &["aa"], &[], &[]).unwrap(),
        ["aa=1", "bb=1", "dd=1"]
    );
    assert_eq!(
        closure(&world, &["ff"], &[], &[]).unwrap(),
        ["ff=1", "gg=1"]
    );
}

#[test]
fn a_name_that_several_provide_is_not_guessed_at_and_a_package_is_not_what_only_provides_it() {
    let world = world(vec![
        package("early", "1").field("Provides", "virtual"),
        package("late", "1").field("Provides", "virtual"),
        package("real", "1"),
        package("fork", "1")
            .field("Provides", "real")
            .field("Conflicts", "real"),
    ]);
    let error = closure(&world, &["virtual"], &[], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"debian/trixie has no package "virtual", and more than one that provides it"#
    );
    assert_eq!(
        error.hint().unwrap(),
        "name the one that is meant: early, late"
    );
    let there = [world.open().unwrap().newest("late").unwrap().pin()];
    assert_eq!(
        closure(&world, &["virtual"], &there, &[]).unwrap(),
        ["late=1"]
    );
    assert!(closure(&world, &["fork", "real"], &[], &[]).is_err());
}

#[test]
fn an_old_name_means_the_package_that_provides_it_and_a_wrong_one_is_told_with_names_like_it() {
    let world = world(vec![
        package("libssl3t64", "3.5").field("Provides", "libssl3 (= 3.5)"),
        package("libssl-dev", "3.5"),
        package("zlib1g", "1"),
    ]);
    assert_eq!(
        closure(&world, &["libssl3"], &[], &[]).unwrap(),
        ["libssl3t64=3.5"]
    );
    let near = |name: &str| closure(&world, &[name], &[], &[]).unwrap_err().hint();
    assert_eq!(near("libssl1.1").unwrap(), "did you mean libssl3t64?");
    assert_eq!(near("zlib1h").unwrap(), "did you mean zlib1g?");
    assert_eq!(
        near("boat").unwrap(),
        "check the name, or choose a suite that has it"
    );
}
