"""Print the published JSON Schema of result documents: `python -m leaderboard.documents > FILE`."""

import json
import sys

from leaderboard.documents.schema import json_schema

if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
