"""Every promise of the page on security has a test that would fail if it were broken."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "plugins" / "security.md"
PROMISES = {
    "`raman-xp plugins` lists what is installed and imports none of it": [
        "plugins/test_plugins.py::test_thirty_plugins_that_import_tensorflow_slow_nobody_who_uses_none"
    ],
    "`--disable` and `RAMAN_XP_DISABLE` keep a plugin from being imported": [
        "plugins/test_plugins.py::test_a_plugin_is_done_without_by_its_name_or_that_of_a_component",
        "plugins/test_plugins.py::test_processes_do_without_it_too",
    ],
    "`--fresh` takes nothing over": ["running/test_resume.py::test_fresh_starts_over"],
    "a tag that would build a Python object is refused, with its line": [
        "spec/test_spec.py::test_what_is_wrong_is_said_with_its_place"
    ],
    "The values are checked against the component's fields": [
        "fuzzing/test_fuzzed_specs.py::test_a_spec_is_checked_or_refused_in_words",
    ],
    "is refused before anybody is called, so no password goes to a host that you have not named": [
        "spec/test_store_choice.py::test_a_spec_that_names_another_store_is_refused_and_nobody_is_called"
    ],
    "`raman-xp check` and the plan show the store": [
        "spec/test_store_choice.py::test_the_plan_shows_the_store"
    ],
    "`raman-xp check` reads them and writes nothing": [
        "fuzzing/test_fuzzed_specs.py::test_a_spec_is_checked_or_refused_in_words"
    ],
    "may name others in the same folder only": [
        "box/data/test_pharma_csv_about.py::test_a_file_outside_of_the_folder_of_the_data_is_refused",
        "box/data/test_pharma_csv_about.py::test_a_link_that_leads_out_of_the_folder_of_the_data_is_refused",
    ],
    "CSV, Parquet and `.npz` files are read without unpickling": [
        "trial/test_artifacts.py::test_a_file_of_maps_runs_no_code",
        "fuzzing/test_fuzzed_tables.py::test_a_damaged_parquet_file_is_described_or_refused",
    ],
    "A table that claims more points than memory holds is refused before anything is allocated": [
        "system/test_bounds.py::test_a_parquet_file_that_unpacks_to_far_more_than_its_size_is_refused",
        "system/test_bounds.py::test_a_text_file_too_large_for_memory_is_refused_unread",
    ],
    "Each model reads the one format that it writes": [
        "running/test_saved_models.py::test_a_store_from_a_stranger_runs_no_code",
        "box/models/test_shallow_cnn.py::test_what_a_saved_network_says_of_its_layers_is_not_followed",
    ],
    "is fitted again, with a warning": [
        "running/test_saved_models.py::test_a_damaged_model_is_fitted_again_once",
        "trial/test_fit.py::test_a_model_that_says_something_else_than_when_it_was_saved_is_fitted_again",
        "results/test_results.py::test_a_saved_model_that_is_not_the_one_recorded_is_told",
    ],
    "a server that names a folder of your machine, or another host, is refused": [
        "running/test_hostile_stores.py::test_a_server_never_touches_the_users_own_files",
        "running/test_hostile_stores.py::test_a_server_that_names_another_place_is_refused",
    ],
    "What is downloaded stays in its folder": [
        "running/test_hostile_stores.py::test_a_file_that_leads_out_of_its_folder_is_not_downloaded"
    ],
    "nothing is written outside of that folder": [
        "running/test_unpacked_stores.py::test_it_does_not_make_the_user_overwrite_files_elsewhere"
    ],
    "Python files, plugins' metadata and a `matplotlibrc` that lie there are not used": [
        "running/test_working_folder.py::test_modules_that_lie_in_it_are_not_imported",
        "running/test_working_folder.py::test_settings_of_matplotlib_that_lie_in_it_draw_nothing_else",
    ],
    "are shown without control characters, escape sequences and bidirectional overrides": [
        "text/test_strangers_text.py::test_names_that_steer_a_terminal_are_shown_as_escapes",
        "text/test_strangers_text.py::test_every_text_reaches_the_terminal_through_one_place",
    ],
    "Cells of the tables that are written start no formula in a spreadsheet": [
        "text/test_strangers_text.py::test_tables_of_a_run_hold_no_formula_and_every_name"
    ],
    "names in notes are no markup": [
        "text/test_strangers_text.py::test_the_table_and_the_note_of_a_sweep_hold_names_only"
    ],
    "`ModelSuite` plants pickles and foreign formats": [
        "../raman_xp/testing/suites/model.py::test_files_that_a_stranger_has_changed_run_no_code"
    ],
}


def test_every_promise_stands_on_the_page():
    page = " ".join(PAGE.read_text("utf-8").split())
    assert [promise for promise in PROMISES if promise not in page] == []


def test_every_paragraph_of_what_is_not_trusted_makes_a_promise():
    text = PAGE.read_text("utf-8").partition("## What is not trusted")[2]
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\n+", text) if part.startswith("**")]
    assert len(paragraphs) > 8
    assert [part for part in paragraphs if not any(promise in part for promise in PROMISES)] == []


def test_every_promise_has_a_test():
    missing = []
    for names in PROMISES.values():
        for name in names:
            file, _, test = name.partition("::")
            tree = ast.parse((TESTS / file).read_text("utf-8"))
            found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            missing += [name] if test not in found else []
    assert missing == []
