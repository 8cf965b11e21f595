"""What may help a sore back: triage of the pain, a personal plan, the return to running, and the running load.

Every belief is a row of ``formcheck.knowledge.guidance``; here rows are matched to a runner's findings, answers and
logs. Each part returns a frozen value, and a Page of it that reads the same as text and as Markdown.
"""
