"""What a change of the project means: two states of its documents, compared by what they make happen.

snapshot      the documents of one state, read from their texts
steps         the steps of a recipe as facts, and which old step a new one was
procedures    what changed in a recipe
permissions   what changed in what agents may do, in tools and in settings
reach         the workflows and rooms that a change reaches
blast_radius  all of it together
"""
