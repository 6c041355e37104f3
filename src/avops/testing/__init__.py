"""Recipe tests: what a test says, judged by what a run did.

scripts   the answers of tools and people, as the engine asks for them
clock     time that passes only when somebody waits
judging   what a run did, held against what was expected
coverage  which steps and branches of a recipe its tests reached
recording a test made from the records of a real run
"""
