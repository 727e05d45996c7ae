"""How long does a lead file take, from POST to Complete, beside the same file loaded by hand?"""
