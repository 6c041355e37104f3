"""The commands, written out: `--help` lists them without importing one of their modules.

A test holds the lines equal to what the modules say of themselves.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("avops.cli.init", "Make a project with starter content."),
    "sop": ("avops.cli.sop", "Turn SOPs into recipes."),
    "lint": ("avops.cli.lint", "Check the project's YAML."),
    "diff": ("avops.cli.diff", "Say what a change means: the blast radius."),
    "test": ("avops.cli.test", "Test recipes offline."),
    "run": ("avops.cli.run", "Run a recipe once."),
    "plan": ("avops.cli.plan", "Do Intake and Plan, and show what Act would do."),
    "inbox": ("avops.cli.inbox", "Show what waits for a person."),
    "approve": ("avops.cli.approve", "Approve what a run asks for."),
    "deny": ("avops.cli.deny", "Deny what a run asks for."),
    "answer": ("avops.cli.answer", "Answer what a run asks."),
    "resume": ("avops.cli.resume", "Go on with an interrupted or waiting run."),
    "cancel": ("avops.cli.cancel", "End a run, and take back what it did."),
    "runs": ("avops.cli.runs", "Look at past and present runs."),
    "tick": ("avops.cli.tick", "Run what is due; made for cron."),
    "schedule": ("avops.cli.schedule", "See the schedule, pause it, install it."),
    "dash": ("avops.cli.dash", "Show the figures of the last days."),
    "db": ("avops.cli.db", "Care for the database."),
    "agent": ("avops.cli.agent", "List, show and change agents."),
    "recipe": ("avops.cli.recipe", "List, show, change and check recipes."),
    "tool": ("avops.cli.tool", "List, show, change, check and call tools."),
    "workflow": ("avops.cli.workflow", "List, show, change and run workflows."),
    "mcp": ("avops.cli.mcp", "Offer recipes to other assistants over MCP."),
    "trust": ("avops.cli.trust", "Record which programs and hosts this project may use."),
    "settings": ("avops.cli.settings", "Show and change the project's settings, and try its model."),
    "export": ("avops.cli.export", "Put agents, recipes, workflows, tools, SOPs and articles into a zip."),
    "import": ("avops.cli.import_", "Take a bundle in: one of avops, or one of the AV-AIops Streamlit app."),
    "doctor": ("avops.cli.doctor", "Say what is wrong here, and the command that mends it."),
    "help": ("avops.cli.help", "Show the runbook's pages in the terminal."),
    "chat": ("avops.cli.chat", "Talk with an assistant, and give commands."),
    "kb": ("avops.cli.kb", "Search the knowledge base, add to it, publish it."),
    "sim": ("avops.cli.sim", "Simulate a site of rooms on this machine."),
}
