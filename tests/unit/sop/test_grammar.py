"""How single sentences are read."""

from __future__ import annotations

import pytest

from avops.sop.grammar import plain, read


@pytest.mark.parametrize(
    ("sentence", "mood", "verb"),
    [
        ("Turn on the amplifier.", "do", "turn"),
        ("Please reseat the cable.", "do", "reseat"),
        ("Carefully lift the lid.", "do", "lift"),
        ("On the touch panel, tap **Home**.", "do", "tap"),
        ("If the ping fails, restart the codec.", "do", "restart"),
        ("If the ping fails restart the codec.", "do", "restart"),
        ("About 30 seconds before doors, start the music.", "do", "start"),
        ("To mute the room press the red key.", "do", "press"),
        ("Don't forget to lock the rack.", "do", "lock"),
        ("Be sure to charge the packs.", "do", "charge"),
        ("We recommend that you take a photo of the patch bay.", "do", "take"),
        ("It is safe to open the case now.", "do", "open"),
        ("Windows users: install the driver.", "do", "install"),
        ("Swab the connector with alcohol.", "do", "swab"),
        ("The lamp should be lit, if not, replace it.", "do", "replace"),
        ("You need a new licence file, get it from the portal.", "do", "get"),
        ("You must unlock the cabinet first.", "must", "unlock"),
        ("You'll need to reboot the player.", "must", "reboot"),
        ("The operator will confirm the picture.", "actor", "confirm"),
        ("`sudo systemctl restart player`", "command", "run"),
        ("It may help to mute the laptops.", "do", "mute"),
        ("It is worth checking the fuse.", "do", "check"),
        ("You could try restarting the codec.", "do", "restart"),
        ("We recommend moving the call to another room.", "do", "move"),
        ("The first step is to unplug the dock.", "do", "unplug"),
        ("8:45 am, open the doors.", "do", "open"),
        ("See whether the lamp is lit.", "do", "see"),
        ("Ring the overflow room: picture and sound OK?", "do", "ring"),
        ("Step 3: Fold the stand.", "do", "fold"),
        ("OR Connect the other cable.", "do", "connect"),
        ("The fan may be blocked, remove the dust.", "do", "remove"),
        ("A warning comes up -- ignore it and go on.", "do", "ignore"),
        ("The rack is hot, so wear gloves.", "do", "wear"),
        ("Now that the rack is open, label the cables.", "do", "label"),
        ("You will typically be required to update the board.", "must", "update"),
        ("The clips should be sent to the editor.", "must", "send"),
        ("If the producer is ill, they should inform the deputy.", "must", "inform"),
        ("We will lay the cables at noon.", "actor", "lay"),
        ("Before the show back up the presets.", "do", "back-up"),
        ("Before the rehearsal backup the presets.", "do", "backup"),
        ("If nobody answers call Vera.", "do", "call"),
        ("At the rear of the rack plug in the spare encoder.", "do", "plug"),
        ("WITHOUT TOUCHING THE LENS proceed to remove the cap.", "do", "proceed"),
        ("When the choir has left be sure to lower all the microphones.", "do", "lower"),
        ("`Lower the screen` once it is dark.", "do", "lower"),
        ("The player has two outputs so connect it to the left one.", "do", "connect"),
        ("Two by two, mute all channels.", "do", "mute"),
        ("The host will say goodbye, make sure the outro is loaded.", "do", "make-sure"),
        ("The easiest way to reset it is to pull the plug.", "do", "pull"),
        ("We usually close the lobby after the last guest.", "do", "close"),
        ("Refer to the picture below and press the green key.", "do", "press"),
        ("__(Optional)__ Rename the scene.", "do", "rename"),
        ("Very rarely, you can also lower the lamp by turning the wheel.", "may", "lower"),
        ("Check out this repository on the player.", "do", "check-out"),
        ("Check out and sign two radios.", "do", "check-out"),
        ("Be sure to also mute the far end.", "do", "mute"),
        ("Opens the doors at nine.", "actor", "open"),
        ("Head over to the rack room.", "do", "head"),
        ("If the lamp still blinks → restart the player.", "do", "restart"),
        ("If the sound is thin you'll need to raise the gain.", "must", "raise"),
        ("The first step is to manually lower the screen.", "do", "lower"),
        ("Your role is to watch the far end.", "do", "watch"),
        ("You are responsible for locking the rack.", "do", "lock"),
        ("You'd better save the preset.", "do", "save"),
        ("Restarting the player may help.", "do", "restart"),
        ('Ask the guests: "Can everybody hear me?"', "do", "ask"),
        ("Check out any screens that are dark.", "do", "check"),
        ("Press: Windows + P", "do", "press"),
        ("3. unplug the dock", "do", "unplug"),
        ("The best way to clean it is to gently wipe the lens.", "do", "wipe"),
        ("Note that you need to mute the far end.", "must", "mute"),
        ("For moving the takes it is highly recommended to use the tray.", "do", "use"),
        ("Even if the lamp is lit, always check the picture.", "do", "check"),
        ("Do check the clocks.", "do", "check"),
        ("In this case decide whether the hall stays open.", "do", "decide"),
        ("Therefore, if the fan is loud, call the vendor.", "do", "call"),
        ("If not restart the codec.", "do", "restart"),
        ("Following the last talk, collect the badges.", "do", "collect"),
        ("On the touch panel press start recording.", "do", "press"),
        ("To find the input look at the label on the rack.", "do", "look"),
        ("Do not type a name, but select Skip.", "do", "select"),
        ("It is the producer's responsibility to save the show.", "do", "save"),
        ("Responsible for posting the link.", "do", "post"),
        ("The recommended way of doing it is to label the cables.", "do", "label"),
        ("Moving the antenna can be a possible workaround.", "do", "move"),
        ("It may be possible to fix it by manually restarting the player.", "do", "restart"),
        ("You can either mute the desk or lower the fader.", "may", "mute"),
        ("You will probably want to save the preset.", "must", "save"),
        ("We suggest this form is sent to the office.", "must", "send"),
        ("A ticket should be filed at once.", "must", "file"),
        ("If the link is slow, it may be worth checking the antenna.", "do", "check"),
        ("18:00 open the doors.", "do", "open"),
        ("7 pm: close the bar.", "do", "close"),
        ("openssl req -new -nodes -out host.csr", "command", "run"),
    ],
)
def test_orders_are_found(sentence: str, mood: str, verb: str) -> None:
    reading = read(sentence)
    assert (reading.mood, reading.verb) == (mood, verb)


@pytest.mark.parametrize(
    ("sentence", "mood"),
    [
        ("Do not unplug the projector while the fan runs.", "never"),
        ("Never share the meeting link.", "never"),
        ("❌ Run in the lobby.", "never"),
        ("Forbidden: run in the lobby.", "never"),
        ("Make sure not to touch the lens.", "never"),
        ("dont touch the wall plate!", "never"),
        ("See the vendor manual for details.", "pointer"),
        ("Contact the desk if you have questions.", "pointer"),
        ("Follow this guide to set up a room.", "pointer"),
        ("Continue to the next step.", "flow"),
        ("You should hear the test tone.", "expect"),
        ("When the update is complete, the screen will show the logo.", "result"),
        ("Is the lamp on?", "question"),
        ("Test results are kept for a year.", "state"),
        ("Power was lost during the storm.", "state"),
        ("The mixer has twelve inputs.", "state"),
        ("This will help you find the room.", "state"),
        ("**Tag** The name that is shown on the panel.", "state"),
        ("`HDMI 1`: located at the lectern.", "state"),
        ("SSH access to the player", "fragment"),
        ("Testers must not start before noon.", "never"),
        ("It is important to note that the lamp stays warm.", "pointer"),
        ("Summary: Learn how to pair a remote.", "state"),
        ("Preset 3 shows the far end on the left.", "state"),
        ("When does it happen?", "question"),
        ("Battery shows three bars (or is it two?)", "state"),
        ("If all is well, the logo should appear.", "expect"),
        ("!!!", "fragment"),
        ("Check out our guide to projectors.", "pointer"),
        ("The app lets you record, edit each clip and share it.", "state"),
        ("__Lobby__ Shows the guests.", "state"),
        ("Document Owner: AV Support", "state"),
        ("Free accounts have a limit, which ends the call.", "state"),
        ("Your channel must have a thousand guests.", "state"),
        ("The best solution would be to have more lamps.", "state"),
        ("Tell nobody.", "never"),
        ("Touch nothing on the rack.", "never"),
        ("In this case, we normally get a mail.", "state"),
        ("Triage is a process of sorting what comes in.", "state"),
        ("Backup requires the switch to have an address.", "fragment"),
        ("Microphones not working:", "state"),
        ("A guest should only have to read the card.", "expect"),
        ("Low light is fine as long as you can see the stage.", "state"),
        ("You can see examples of earlier reports in the folder.", "pointer"),
        ("It is not necessary to dial a nine.", "state"),
        ("There are four modes: Pause, record and play.", "state"),
        ("Here are some tools you should have in the bag.", "state"),
        ("Power cord for the laptop.", "fragment"),
        ("NOTE", "state"),
    ],
)
def test_what_is_no_order(sentence: str, mood: str) -> None:
    assert read(sentence).mood == mood


def test_the_condition_stays_with_the_order() -> None:
    reading = read("If the ping fails, restart the codec.")
    assert reading.conditional
    assert reading.lead == "If the ping fails,"


def test_a_dash_inside_quotes_splits_nothing() -> None:
    assert read("There is a file called “Patch - Install This”.").mood == "state"


def test_plain_keeps_identifiers_whole() -> None:
    assert plain("Set `max_frame_size` in **config** (see [docs](http://x/y_z))") == "Set max_frame_size in config (see docs)"
