import os
import subprocess
import sys
from datetime import timedelta

from shared.clock import now
from shared.jobs import heartbeat


def test_a_worker_lives_while_it_beats(tmp_path):
    moment = now()
    assert not heartbeat.is_alive(tmp_path, "coaching", moment)
    heartbeat.beat(tmp_path, "coaching", moment)
    assert heartbeat.is_alive(tmp_path, "coaching", moment + timedelta(seconds=4.9))
    assert not heartbeat.is_alive(tmp_path, "coaching", moment + timedelta(seconds=5.1))
    assert not heartbeat.is_alive(tmp_path, "districts", moment)
    heartbeat.stop(tmp_path, "coaching")
    assert not heartbeat.is_alive(tmp_path, "coaching", moment)


def test_a_clock_that_was_set_back_makes_nobody_live_longer(tmp_path):
    heartbeat.beat(tmp_path, "coaching", now() + timedelta(hours=1))
    assert not heartbeat.is_alive(tmp_path, "coaching", now())


def test_a_process_that_was_killed_is_dead_at_once(tmp_path):
    code = "from shared.jobs import heartbeat; from shared.clock import now; from pathlib import Path; import sys;"
    code += "heartbeat.beat(Path(sys.argv[1]), 'coaching', now())"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert not heartbeat.is_alive(tmp_path, "coaching", now())


def test_half_a_file_is_no_sign_of_life(tmp_path):
    heartbeat.beat(tmp_path, "coaching", now())
    heartbeat.path_of(tmp_path, "coaching").write_text(f"{os.getpid()} 2026-")
    assert not heartbeat.is_alive(tmp_path, "coaching", now())
