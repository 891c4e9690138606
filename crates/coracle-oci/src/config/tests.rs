//! Tests of image configurations as records.

use super::*;

/// The configuration of the specification's example, in the specification's key order, with Docker's fields.
const CONFIG: &str = r#"{"created":"2015-10-31T22:22:56.015925234Z","author":"Alyssa P. Hacker <alyspdev@example.com>","architecture":"amd64","os":"linux","config":{"User":"alice","ExposedPorts":{"8080/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/bin","FOO=oci_is_a"],"Entrypoint":["/bin/my-app-binary"],"Cmd":["--foreground","--config","/etc/my-app.d/default.cfg"],"Volumes":{"/var/job-result-data":{},"/var/log/my-app-logs":{}},"WorkingDir":"/home/alice","Labels":{"com.example.project.git.commit":"45a939b2999782a3f005621a8d0f29aa387e1d6b","com.example.project.git.url":"https://example.com/project.git"},"StopSignal":"SIGTERM","ArgsEscaped":true,"Healthcheck":{"Test":["CMD-SHELL","exit 0"],"Interval":30000000000,"Retries":3},"OnBuild":["RUN true"],"Shell":["/bin/bash","-c"]},"rootfs":{"type":"layers","diff_ids":["sha256:c6f988f4874bb0add23a778f753c65efe992244e148a1d2ec2a8b664fb66bbd1","sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]},"history":[{"created":"2015-10-31T22:22:54.690851953Z","created_by":"/bin/sh -c #(nop) ADD file in /"},{"created":"2015-10-31T22:22:55.613815829Z","created_by":"/bin/sh -c #(nop) CMD [\"sh\"]","empty_layer":true},{"created_by":"/bin/sh -c apk add curl"}]}"#;

#[test]
fn the_specifications_example_is_printed_again_byte_for_byte() {
    let config = ImageConfig::from_bytes(CONFIG.as_bytes()).unwrap();
    assert_eq!(
        String::from_utf8(config.to_bytes().unwrap()).unwrap(),
        CONFIG
    );
    assert_eq!(config.platform().to_string(), "linux/amd64");
    assert_eq!(config.config.unwrap().volumes.len(), 2);
}

#[test]
fn dockers_nulls_are_empty_and_its_own_fields_are_kept() {
    let text = r#"{"architecture":"arm64","variant":"","os":"linux","config":{"Hostname":"","AttachStdin":false,"User":"","Env":null,"Cmd":null,"Image":"sha256:00","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null,"ExposedPorts":null},"container_config":{"Tty":true},"docker_version":"20.10","rootfs":{"type":"layers","diff_ids":null},"history":null}"#;
    let config = ImageConfig::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(config.platform().to_string(), "linux/arm64");
    let printed = String::from_utf8(config.to_bytes().unwrap()).unwrap();
    for kept in [
        r#""Hostname":"""#,
        r#""AttachStdin":false"#,
        r#""container_config":{"Tty":true}"#,
        r#""docker_version":"20.10""#,
    ] {
        assert!(printed.contains(kept), "{printed}");
    }
    assert_eq!(ImageConfig::from_bytes(printed.as_bytes()).unwrap(), config);
}

#[test]
fn labels_are_printed_in_order_whatever_the_order_they_came_in() {
    let mut one = ImageConfig::new(&Platform::linux("amd64"));
    let mut two = one.clone();
    let labels =
        [("z", "1"), ("a", "2"), ("m", "3")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let with = |labels: Vec<(String, String)>| {
        Some(ContainerConfig {
            labels: labels.into_iter().collect(),
            ..Default::default()
        })
    };
    one.config = with(labels.to_vec());
    two.config = with(labels.into_iter().rev().collect());
    assert_eq!(one.to_bytes().unwrap(), two.to_bytes().unwrap());
    assert_eq!(
        String::from_utf8(one.to_bytes().unwrap()).unwrap(),
        r#"{"architecture":"amd64","os":"linux","config":{"Labels":{"a":"2","m":"3","z":"1"}},"rootfs":{"type":"layers","diff_ids":[]}}"#
    );
}
