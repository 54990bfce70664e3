"""The image: what the Dockerfile says, and what comes of its steps where there is no Docker.

The stage that compiles the core is run where a Rust is; Debian's packages and the base itself are not looked at.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest
import yaml

from tests.install.dockerfile import ROOT, Stage, Workshop, command, let_through, sources, stages
from tests.install.test_locks import canonical, entries
from tests.length import AT_LENGTH

STAGES = stages((ROOT / "Dockerfile").read_text("utf-8"))
IMAGE = STAGES[""]
CHART = ROOT / "helm-values" / "drainwatch"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]


def words_after(stage: Stage, instruction: str) -> str:
    (found,) = stage.all(instruction)
    return found


def test_all_stages_stand_on_one_base_that_can_be_pinned() -> None:
    assert {stage.base for stage in STAGES.values()} == {"${BASE}"}
    default = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert default
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", default[1])


def test_it_is_nobody_in_particular_by_number_and_starts_the_service() -> None:
    assert words_after(IMAGE, "USER") == "10001:10001"
    assert json.loads(words_after(IMAGE, "ENTRYPOINT")) == ["drainwatch"]
    assert json.loads(words_after(IMAGE, "CMD")) == ["run"]
    assert f"--mode 0750 {words_after(IMAGE, 'WORKDIR')}" in words_after(IMAGE, "RUN")


def test_the_chart_runs_it_as_the_same_number_and_keeps_data_in_the_same_folder() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    pod = values["podSecurityContext"]
    assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == words_after(IMAGE, "USER")
    pod_template = (CHART / "templates" / "_pod.tpl").read_text("utf-8")
    assert f"mountPath: {words_after(IMAGE, 'WORKDIR')}}}" in pod_template
    assert f"containerPort: {words_after(IMAGE, 'EXPOSE')}" in pod_template


def test_no_pip_and_no_compiler_are_left() -> None:
    ran = words_after(IMAGE, "RUN")
    assert "pip uninstall --yes" in ran
    assert "ensurepip" in ran
    assert "apt-get" not in ran
    assert words_after(IMAGE, "COPY") == "--from=build /opt/drainwatch /opt/drainwatch"


def test_the_builder_gets_all_that_the_wheel_holds_and_nothing_else_of_the_repository() -> None:
    copied = {name for rest in STAGES["build"].all("COPY") if "--from" not in rest for name in sources(rest)}
    needed = {*WHEEL["packages"], *(name.partition("/")[0] for name in WHEEL["shared-data"])}
    assert needed <= copied
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    handed = {file if file in copied else file.partition("/")[0] for file in tracked if let_through(file)}
    assert handed == copied | {"native", "requirements-native.lock", "requirements-page.lock"}


@pytest.mark.parametrize(
    "secret", [".git/config", ".venv/lib/x.py", "drainwatch.toml", ".env", "demo-data/a", "detector/kept.sqlite"]
)
def test_what_lies_about_is_not_handed_to_the_builder(secret: str) -> None:
    assert not let_through(secret)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """What is in the image, made by the steps of the stages themselves; the compiled core only where there is time."""
    folder = tmp_path_factory.mktemp("image")
    # Ours alone is compiled to bytecode: all of it takes a quarter of a minute.
    instead = {"/opt/drainwatch/lib": f"{folder}/opt/drainwatch/lib/*/*/detector/cli"}
    if not AT_LENGTH:
        instead["drainwatch-native"] = ""
    shop = Workshop(folder, instead)
    for stage in [STAGES["core"]] * AT_LENGTH + [STAGES["page"], STAGES["build"]]:
        for instruction, rest in stage.steps:
            if instruction == "COPY" and "--from" not in rest:
                shop.copy(sources(rest))
            # The Node that is there does, where time is short.
            elif instruction == "RUN" and "apt-get" not in rest and (AT_LENGTH or "requirements-page" not in rest):
                shop.run(stage.name, command(rest))
    return shop


def in_image(shop: Workshop, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What drainwatch of the image does, in an empty folder and with an empty environment."""
    folder = shop.folder / "data"
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [str(shop.folder / "opt/drainwatch/bin/drainwatch"), *arguments],
        cwd=folder,
        env={"HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_steps_give_a_drainwatch_that_works_and_finds_its_files(built: Workshop) -> None:
    said = in_image(built, "version")
    assert said.returncode == 0, said.stderr
    assert f"drainwatch {PROJECT['project']['version']}" in said.stdout
    assert ("Engine: native" in said.stdout) == AT_LENGTH
    rules = in_image(built, "setup", "rules", "rules", "--yes")
    assert "3 written" in rules.stdout, rules.stderr
    for target in ("elasticsearch", "kafka", "watcher"):
        assert in_image(built, "setup", target, "--help").returncode == 0
    folders = {path.name for path in (built.folder / "opt/drainwatch/share/drainwatch").iterdir()}
    assert folders == {name.partition("/")[0] for name in WHEEL["shared-data"]}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_what_is_in_it_is_what_is_locked_and_nothing_that_builds(built: Workshop) -> None:
    locked = {(canonical(name), version) for name, version in entries("requirements.lock")}
    installed = set()
    for folder in built.folder.glob("opt/drainwatch/lib/*/site-packages/*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        installed.add((canonical(name), version))
    ours = {one for one in installed if one[0].startswith("drainwatch")}
    assert {name for name, _ in ours} == {"drainwatch", "drainwatch-native"} if AT_LENGTH else {"drainwatch"}
    assert installed - ours <= locked
    asked = {canonical(one) for one in PROJECT["project"]["dependencies"]}
    assert asked <= {name for name, _ in installed}
    building = {canonical(one) for one in PROJECT["dependency-groups"]["build"]} | {"pip", "setuptools", "maturin"}
    assert not building & {name for name, _ in installed}
    assert not list(built.folder.glob("opt/drainwatch/bin/pip*"))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_building_the_wheel_again_gives_the_same_bytes(built: Workshop) -> None:
    (wheel,) = (built.folder / "wheels").glob("drainwatch-[0-9]*.whl")
    before = wheel.read_bytes()
    (build,) = [run for run in STAGES["build"].all("RUN") if " wheel " in run]
    built.run("build", f"rm {wheel}; sleep 2; {command(build)}")
    assert wheel.read_bytes() == before


@pytest.mark.long
@pytest.mark.timeout(600)
def test_anybody_may_read_what_is_in_it_whatever_number_the_pod_runs_as(built: Workshop) -> None:
    for path in (built.folder / "opt").rglob("*"):
        needed = 0o5 if path.is_dir() else 0o4
        assert path.stat().st_mode & needed == needed, path
