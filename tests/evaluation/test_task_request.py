"""Task requests: changes of tasks by options of a run."""

import pytest

from leaderboard.errors import RequestError
from leaderboard.evaluation.task_request import keeping_texts, task_request
from leaderboard.tasks import default_catalogue


def test_texts_are_kept_by_tasks_that_leave_them_out():
    catalogue = default_catalogue()
    request = keeping_texts(task_request(catalogue, tasks=["personal_data", "openbookqa"]))
    assert [task.parameters.get("keep_texts") for task in request.tasks] == [True, None]
    with pytest.raises(RequestError, match="--keep-texts is an option of tasks that leave texts out"):
        keeping_texts(task_request(catalogue, tasks=["openbookqa"]))
