"""Texts that make a machine tick."""

from __future__ import annotations

import configparser
import shlex
import subprocess
from pathlib import Path, PurePosixPath

import pytest
import yaml

from avops.errors import UsageError
from avops.schedule.install import crontab_line, kubernetes_cronjob, systemd_service, systemd_units

AVOPS = PurePosixPath("/opt/av tools/bin/avops")


@pytest.mark.parametrize("folder", ["plain", "with space", "100% it's $HOME"])
def test_the_crontab_line_runs_in_the_project_whatever_its_name(tmp_path: Path, folder: str) -> None:
    project = tmp_path / folder
    project.mkdir()
    program = project / "my avops"
    program.write_text('#!/bin/sh\npwd > ran\necho "$@" >> ran\n', encoding="utf-8")
    program.chmod(0o755)
    line = crontab_line(program, project)
    schedule, command = line[: len("* * * * * ")], line[len("* * * * * ") :]
    assert schedule == "* * * * * "
    assert "%" not in command.replace("\\%", "")
    subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True)
    assert (project / "ran").read_text(encoding="utf-8") == f"{project}\ntick\n"


def test_the_timer_starts_the_service_of_its_name_each_minute() -> None:
    units = systemd_units(AVOPS, PurePosixPath("/srv/100% av"))
    service, timer = read(units["avops-tick.service"]), read(units["avops-tick.timer"])
    assert service["Service"]["Type"] == "oneshot"
    assert shlex.split(service["Service"]["ExecStart"]) == [str(AVOPS), "tick"]
    assert service["Service"]["WorkingDirectory"] == "/srv/100%% av"
    assert timer["Timer"]["OnCalendar"] == "*-*-* *:*:00"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_service_that_ticks_for_ever_is_started_with_the_machine() -> None:
    units = systemd_service(AVOPS, PurePosixPath("/srv/av"))
    assert list(units) == ["avops-tick.service"]
    service = read(units["avops-tick.service"])
    assert shlex.split(service["Service"]["ExecStart"]) == [str(AVOPS), "tick", "--forever"]
    assert service["Service"]["Restart"] == "always"
    assert service["Install"]["WantedBy"] == "multi-user.target"


def read(unit: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's keys keep their case
    parser.read_string(unit)
    return parser


def test_the_cronjob_is_one_document_with_one_pod_at_a_time() -> None:
    manifest = yaml.safe_load(kubernetes_cronjob("registry.example/avops:1", claim="av-project", secret="av: secrets"))
    spec = manifest["spec"]
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert (manifest["kind"], spec["schedule"], spec["concurrencyPolicy"]) == ("CronJob", "* * * * *", "Forbid")
    assert pod["containers"][0]["command"] == ["avops", "tick"]
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "av: secrets"}}]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "av-project"
    assert (
        "envFrom"
        not in yaml.safe_load(kubernetes_cronjob("avops", claim="x"))["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    )


def test_a_path_that_would_break_a_line_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot stand in a line"):
        crontab_line(AVOPS, PurePosixPath("/srv/av\n* * * * * rm"))
