"""Texts that make a machine tick every minute: a crontab line, systemd units, a Kubernetes CronJob."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePath

SERVICE = "avops-tick.service"
TIMER = "avops-tick.timer"


def crontab_line(avops: PurePath, project: PurePath) -> str:
    """The line for `crontab -e`. `%` is special to cron (crontab(5)) and is escaped."""
    line = f"cd {shlex.quote(_one_line(project))} && {shlex.quote(_one_line(avops))} tick"
    return "* * * * * " + line.replace("%", "\\%") + "\n"


def systemd_units(avops: PurePath, project: PurePath) -> Mapping[str, str]:
    """A service that ticks once and the timer that starts it each minute, by file name.

    systemd does not start a service that is still running: while a run takes minutes, no other slot begins.
    `systemd_service` does not have this limit.
    """
    service = _service(avops, project, "tick", "Type=oneshot\n", "")
    timer = """[Unit]
Description=Run what is due in avops, every minute

[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1s

[Install]
WantedBy=timers.target
"""
    return {SERVICE: service, TIMER: timer}


def systemd_service(avops: PurePath, project: PurePath) -> Mapping[str, str]:
    """One service that ticks for ever, by file name. Runs that take long hold up nothing."""
    install = "\n[Install]\nWantedBy=multi-user.target\n"
    return {SERVICE: _service(avops, project, "tick --forever", "Restart=always\nRestartSec=5s\n", install)}


def _service(avops: PurePath, project: PurePath, command: str, kind: str, install: str) -> str:
    # A stop first asks the runs to end and roll back, so systemd gives it time before it kills (systemd.kill(5)).
    return f"""[Unit]
Description=Run what is due in avops
After=network-online.target
Wants=network-online.target

[Service]
{kind}WorkingDirectory={_one_line(project).replace("%", "%%")}
ExecStart={_systemd_word(avops)} {command}
SuccessExitStatus=1 4
KillMode=mixed
TimeoutStopSec=15min
{install}"""


def kubernetes_cronjob(image: str, *, claim: str, secret: str | None = None, name: str = "avops-tick") -> str:
    """The manifest of a CronJob. `claim` is the volume with the project and its database, `secret` holds the environment.

    One host per database: `Forbid` keeps a second pod from ticking on another node, where process locks are not seen.
    """
    environment = f"\n              envFrom: [{{secretRef: {{name: {json.dumps(secret)}}}}}]" if secret else ""
    return f"""apiVersion: batch/v1
kind: CronJob
metadata:
  name: {json.dumps(name)}
spec:
  schedule: "* * * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 50
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 900
          containers:
            - name: avops
              image: {json.dumps(image)}
              command: ["avops", "tick"]
              workingDir: /project{environment}
              volumeMounts:
                - name: project
                  mountPath: /project
          volumes:
            - name: project
              persistentVolumeClaim:
                claimName: {json.dumps(claim)}
"""


def _one_line(path: PurePath) -> str:
    text = str(path)
    if not text.isprintable():
        raise UsageError(f"the path {text!r} holds a character that cannot stand in a line", hint="move the project to another folder")
    return text


def _systemd_word(path: PurePath) -> str:
    """A path as one word of a command line: quoted, with `%` and `$` doubled (systemd.service(5), command lines)."""
    escaped = _one_line(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def with_line(crontab: str, line: str, project: PurePath) -> str:
    """A crontab with the line in it once: where the project had one, it is replaced, and all other lines stay."""
    mark = f"cd {shlex.quote(_one_line(project))} && ".replace("%", "\\%")
    lines = crontab.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    own = [index for index, each in enumerate(lines) if mark in each and " tick" in each and not each.lstrip().startswith("#")]
    if not own:
        return "".join([*lines, line])
    kept = [line if index == own[0] else each for index, each in enumerate(lines) if index not in own[1:]]
    return "".join(kept)
