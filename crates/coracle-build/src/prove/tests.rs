//! What is said of images that are not proven, and what is recorded of those that are allowed.

use coracle_binary::start::Verdict;

use super::*;

fn missing_version() -> Finding {
    Finding {
        code: Code::VersionMissing,
        verdict: Verdict::DoesNotStart,
        subject: "/app/worker".to_owned(),
        chain: ["/app/worker", "libc.so.6"].map(str::to_owned).into(),
        explanation: "version `GLIBC_2.39' not found".to_owned(),
        ways_out: Vec::new(),
        missing_version: Some("GLIBC_2.39".to_owned()),
        provider: Some("libc.so.6".to_owned()),
    }
}

#[test]
fn a_missing_glibc_version_is_told_with_its_chain_and_the_suites_that_have_it() {
    let bookworm = Suite::parse("debian/bookworm").unwrap();
    let mut finding = missing_version();
    add_ways_out(&mut finding, Some(bookworm));
    let error = Error::NotProven {
        service: "worker".to_owned(),
        findings: vec![finding],
        allowed: BTreeSet::new(),
    };
    insta::assert_snapshot!(error, @r"
    worker is not proven to start
      /app/worker [version-missing]: version `GLIBC_2.39' not found
        chain: /app/worker → libc.so.6
        way out: ship on debian/trixie, whose glibc is 2.41: --distro debian/trixie
        way out: compile where glibc is 2.36 or older, which is what debian/bookworm has
    ");
}

#[test]
fn a_health_check_without_its_program_is_told_with_the_ways_out() {
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{
        "Entrypoint":["/app/api"],"Shell":["/bin/ash","-c"],"Healthcheck":{"Test":["CMD","curl","-f","http://localhost/"]}}}"#;
    let config = ImageConfig::from_bytes(config).unwrap();
    let nothing = Merged(RootFilesystem::default());
    let (launch, unknown) = launch::of(&Question::new("api", None), &config, &nothing).unwrap();
    assert_eq!(unknown, None);
    assert_eq!(launch.shell.unwrap(), ["/bin/ash", "-c"]);
    assert_eq!(launch.healthcheck.as_ref().unwrap()[1], "curl");
    let mut finding = Finding {
        code: Code::ProgramMissing,
        subject: "curl".to_owned(),
        chain: vec!["HEALTHCHECK".to_owned()],
        explanation: "no such file in PATH".to_owned(),
        missing_version: None,
        provider: None,
        ..missing_version()
    };
    add_ways_out(&mut finding, Suite::parse("trixie").ok());
    let error = Error::NotProven {
        service: "api".to_owned(),
        findings: vec![finding],
        allowed: BTreeSet::new(),
    };
    insta::assert_snapshot!(error, @r"
    api is not proven to start
      curl [program-missing]: no such file in PATH
        way out: let the health check run the service's own program, or leave it out
        way out: add the package that has curl: packages = […]
    ");
}

#[test]
fn a_private_version_names_no_suite() {
    let mut finding = missing_version();
    finding.missing_version = Some("GLIBC_PRIVATE".to_owned());
    add_ways_out(&mut finding, Suite::parse("trixie").ok());
    assert!(finding.ways_out.is_empty());
}

#[test]
fn what_is_certain_not_to_start_is_never_allowed_and_what_may_be_is_offered() {
    let error = Error::NotProven {
        service: "worker".to_owned(),
        findings: vec![missing_version()],
        allowed: [Code::VersionMissing].into(),
    };
    insta::assert_snapshot!(error, @r"
    worker is not proven to start
      /app/worker [version-missing]: version `GLIBC_2.39' not found
        chain: /app/worker → libc.so.6
        --allow-unproven version-missing does not allow this one: it is certain that it does not start
    ");
    assert_eq!(error.hint(), None);
    let undecided = |code| Finding {
        code,
        verdict: Verdict::NotProven,
        ..missing_version()
    };
    let error = Error::NotProven {
        service: "worker".to_owned(),
        findings: vec![undecided(Code::Packed), undecided(Code::AuditUnproven)],
        allowed: BTreeSet::new(),
    };
    insta::assert_snapshot!(error.hint().unwrap(), @"to publish it all the same, with this written into its manifest: --allow-unproven audit-unproven,packed");
}
