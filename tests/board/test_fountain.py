"""A screenplay is read by the rules that Fountain documents, and cut into shots."""

from __future__ import annotations

import time

import pytest

from vfx_ai.board import fountain
from vfx_ai.board.camera import Camera, in_action, is_camera_note, read_camera
from vfx_ai.board.fountain import parse, plain_words
from vfx_ai.board.fountain_shots import BEATS, MARKS, SCENES, shots_of
from vfx_ai.board.shots import Shot


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in parse(f"\n{text}\n").elements]


def shots(text: str, split: str = BEATS) -> list[Shot]:
    return shots_of(parse(f"\n{text}\n"), split)


@pytest.mark.parametrize(
    "line",
    ["INT. HOUSE - DAY", "ext. road", "EST. CITY", "INT./EXT. CAR", "INT/EXT CAR", "I/E CAR - NIGHT", "Int. house"],
)
def test_a_scene_heading_begins_with_where_it_is(line: str) -> None:
    assert kinds(f"{line}\n\nHe waits.") == [("heading", line), ("action", "He waits.")]


@pytest.mark.parametrize("line", ["INTERIOR OF A HOUSE", "EXTRA LARGE", "Internal matters", "ESTATE"])
def test_a_word_that_only_begins_so_is_no_heading(line: str) -> None:
    assert kinds(line)[0][0] == "action"


def test_a_dot_forces_a_heading_but_three_dots_do_not() -> None:
    assert kinds(".SNIPER SCOPE POV") == [("heading", "SNIPER SCOPE POV")]
    assert kinds("...where he was.")[0][0] == "action"


def test_a_heading_has_an_empty_line_before_it() -> None:
    assert kinds("He walks on.\nINT. HOUSE - DAY") == [("action", "He walks on.\nINT. HOUSE - DAY")]


@pytest.mark.parametrize("number", ["1", "1A", "1a", "1-A", "110A", "2.3"])
def test_a_heading_may_be_numbered(number: str) -> None:
    (one,) = parse(f"\nINT. HOUSE - DAY - PRESENT #{number}#\n").elements
    assert (one.text, one.number) == ("INT. HOUSE - DAY - PRESENT", number)


def test_a_character_is_in_capitals_and_speaks_at_once() -> None:
    assert kinds("STEEL\nThe man's a myth!") == [("character", "STEEL"), ("dialogue", "The man's a myth!")]
    assert kinds("STEEL\n\nThe man's a myth!")[0] == ("action", "STEEL")


def test_what_stands_in_brackets_behind_a_name_may_be_small() -> None:
    assert kinds("HANS (on the radio)\nWhat was it?")[0] == ("character", "HANS (on the radio)")


def test_a_name_has_at_least_one_letter() -> None:
    assert kinds("R2D2\nBeep.")[0][0] == "character"
    assert kinds("23\nBeep.")[0][0] == "action"


def test_an_at_sign_forces_a_character() -> None:
    assert kinds("@McCLANE\nYippie ki-yay!") == [("character", "McCLANE"), ("dialogue", "Yippie ki-yay!")]


def test_a_caret_of_dual_dialogue_is_no_part_of_the_name() -> None:
    assert kinds("STEEL ^\nGo.")[0] == ("character", "STEEL")


def test_parentheticals_stand_between_what_is_said() -> None:
    assert kinds("STEEL\n(beer raised)\nTo retirement.\n(drinks)\nCheers.") == [
        ("character", "STEEL"),
        ("parenthetical", "beer raised"),
        ("dialogue", "To retirement."),
        ("parenthetical", "drinks"),
        ("dialogue", "Cheers."),
    ]


def test_two_spaces_keep_dialogue_open() -> None:
    assert [kind for kind, _ in kinds("DEALER\nTen.\n  \nHit or stand?")] == ["character", "dialogue", "dialogue"]
    assert kinds("DEALER\nTen.\n\nHit or stand?")[-1][0] == "action"


def test_transitions_end_in_to_or_are_forced() -> None:
    assert kinds("He goes.\n\nCUT TO:\n\nINT. B - DAY")[1] == ("transition", "CUT TO:")
    assert kinds("> Burn to White.") == [("transition", "Burn to White.")]
    assert kinds("> THE END <") == [("action", "THE END")]


def test_exclamation_marks_force_action_and_tildes_are_sung() -> None:
    assert kinds("!SCANNING THE AISLES...\nWhere is that pit boss?")[0][0] == "action"
    assert kinds("JOE\n~Willy Wonka!")[1] == ("dialogue", "Willy Wonka!")


def test_sections_synopses_and_pages_are_not_seen() -> None:
    text = "# Act\n\n## Sequence\n\n= A synopsis.\n\n===\n\nHe waits."
    assert [kind for kind, _ in kinds(text)] == ["section", "section", "synopsis", "page", "action"]
    assert [one.depth for one in parse(text).elements[:2]] == [1, 2]
    assert [shot.action for shot in shots(text)] == ["He waits."]


def test_boneyard_is_cut_and_lines_keep_their_numbers() -> None:
    play = parse("\nOne.\n\n/* gone\n\nINT. GONE\n*/\n\nTwo.")
    assert [(one.text, one.line) for one in play.elements] == [("One.", 2), ("Two.", 9)]


def test_a_boneyard_that_does_not_end_is_told() -> None:
    play = parse("\nOne.\n\n/* Two.")
    assert play.elements[-1].text == "/* Two."
    assert play.warnings == ("line 4: /* without */: what follows is read as it stands",)


def test_notes_are_taken_out_wherever_they_stand() -> None:
    play = parse("\nHe waits. [[How long?\nVery.]] And goes.\n\nNow.")
    assert (play.elements[0].text, play.elements[0].notes) == ("He waits.  And goes.", ("How long? Very.",))
    assert play.elements[1].line == 5


def test_an_empty_line_ends_what_was_no_note() -> None:
    play = parse("\nHe [[waits.\n\nAnd goes.]]")
    assert [one.text for one in play.elements] == ["He [[waits.", "And goes.]]"]
    assert play.warnings == ("line 2: [[ without ]]: read as text",)


def test_the_title_page_ends_at_the_first_empty_line() -> None:
    play = parse("Title:\n    _**BRICK & STEEL**_\n    FULL RETIRED\nAuthor: Stu Maschwitz\n\nFADE IN:\n\nHe waits.")
    assert play.title_page == {"title": "BRICK & STEEL FULL RETIRED", "author": "Stu Maschwitz"}
    assert play.elements[0].text == "FADE IN:"


def test_without_keys_there_is_no_title_page() -> None:
    for text in ("INT. A - DAY\n\nHe waits.", "CUT TO:\n\nHe waits.", "He says: go.\nAnd goes."):
        assert parse(text).title_page == {}


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("*italic* **bold** ***both*** _under_", "italic bold both under"),
        ("**bold _and under_**", "bold and under"),
        ("**bold *and italic* again**", "bold and italic again"),
        (r"\*not\*", "*not*"),
        ("2 * 3 * 4 and 5*6", "2 * 3 * 4 and 5*6"),
        ("snake_case", "snake_case"),
    ],
)
def test_emphasis_is_left_out(marked: str, plain: str) -> None:
    assert plain_words(marked) == plain


def test_a_paragraph_of_action_is_a_shot_with_what_is_said_after_it() -> None:
    made = shots("INT. A - DAY\n\nJack waits.\n\nJACK\n(softly)\nWell.\n\nHe goes.\n\nCUT TO:\n\nEXT. B - DAY\n\nRain.")
    assert [(shot.number, shot.action) for shot in made] == [
        ("1.1", "Jack waits."),
        ("1.2", "He goes."),
        ("2.1", "Rain."),
    ]
    (said,) = made[0].dialogue
    assert (said.who, said.how, said.words) == ("JACK", "softly", "Well.")
    assert made[1].transition == "CUT TO:"
    assert [shot.line for shot in made] == [4, 10, 16]


def test_a_long_talk_goes_on_in_another_panel() -> None:
    talk = "\n\n".join(f"{who}\n{'word ' * 20}" for who in ("JACK", "ALGY", "JACK"))
    assert [len(shot.dialogue) for shot in shots(f"They sit.\n\n{talk}")] == [2, 1]
    assert len(shots(f"They sit.\n\n{talk}", SCENES)) == 1


def test_marks_cut_only_where_the_camera_is_spoken_of() -> None:
    text = "INT. A - DAY\n\nHe waits.\n\nCLOSE ON the cup.\n\nHe drinks.\n\n[[pan left to the door]]\n\nA knock."
    made = shots(text, MARKS)
    assert [(shot.action, shot.camera) for shot in made] == [
        ("He waits.", ""),
        ("CLOSE ON the cup.\n\nHe drinks.", "CLOSE ON the cup"),
        ("A knock.", "pan left to the door"),
    ]
    assert len(shots(text, SCENES)) == 1


def test_notes_give_length_number_camera_or_are_notes() -> None:
    (one,) = shots("[[close on the cup]]\n\nHe drinks. [[4.5 s]] [[shot 12A]] [[cup must be blue]]")
    assert (one.camera, one.seconds, one.estimated) == ("close on the cup", 4.5, False)
    assert (one.number, one.code, one.notes) == ("12A", "12A", ("cup must be blue",))


def test_a_scene_without_anything_in_it_is_a_shot() -> None:
    assert [shot.slug for shot in shots("EXT. A - DAY\n\nEXT. B - DAY\n\nRain.")] == ["EXT. A - DAY", "EXT. B - DAY"]


def test_scenes_without_numbers_get_none_that_is_taken() -> None:
    made = shots("INT. A #2#\n\nOne.\n\nINT. B\n\nTwo.")
    assert [shot.scene for shot in made] == ["2", "2a"]


def test_lengths_are_estimated_from_the_words() -> None:
    (short,), (talk,) = shots("Rain."), shots("Rain.\n\nJACK\n(a pause)\none two three four five six")
    assert short.seconds == 2.0
    assert talk.seconds == pytest.approx(0.3 + 0.5 + 6 * 0.4 + 1.0)


@pytest.mark.parametrize(
    ("note", "camera"),
    [
        ("CLOSE ON the cup", Camera("close")),
        ("Extreme close up, zoom in", Camera("extreme close", ("zoom in",))),
        ("slow pan left, then tilt up", Camera("", ("pan left", "tilt up"))),
        ("WIDE, and DOLLY OUT", Camera("wide", ("dolly out",))),
        ("Push in on Jack", Camera("", ("dolly in",))),
        ("The camera TRACKS with her to the RIGHT", Camera("", ("truck right",))),
        ("PAN across the room", Camera("", ("pan",))),
        ("crane down", Camera("", ("crane down",))),
        ("ESTABLISHING SHOT", Camera("extreme wide")),
    ],
)
def test_the_camera_is_read_from_a_note(note: str, camera: Camera) -> None:
    assert is_camera_note(note)
    assert read_camera(note) == camera


@pytest.mark.parametrize(
    "note", ["Close the door", "Zoom call", "Master wants tea", "The frying pan is left", "wider props"]
)
def test_what_only_sounds_so_is_no_camera_note(note: str) -> None:
    assert not is_camera_note(note)


def test_in_action_only_capitals_are_the_camera() -> None:
    assert in_action("She pans for gold and zooms off.") == ""
    assert in_action("She turns. PAN LEFT to the door. He is there.") == "PAN LEFT to the door"
    assert in_action("CLOSE ON: the letter. It is torn.") == "CLOSE ON: the letter"
    assert in_action("A SIGN SAYS MIND THE PAN LEFT OF THE STOVE") == ""


@pytest.mark.parametrize(
    "text",
    [
        "[[" * 400_000,
        "[[a\n\n" * 20_000 + "]]",
        "*" * 800_000,
        "* *a" * 200_000,
        "_a" * 400_000,
        "/*" * 400_000,
        "A" * 2_000_000,
        "PAN " * 4_000,
        "(" * 500_000,
        ".\n" * 40_000,
        "\ue0000\ue001" * 1_000,
    ],
    ids=range(11),
)
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    for one in shots_of(parse(text)):
        read_camera(one.camera)
    assert time.process_time() - start < 8


def test_marks_of_our_own_in_a_file_are_only_letters() -> None:
    assert fountain.parse("\n\ue0000\ue001 x").elements[0].text == "\ufffd0\ufffd x"
