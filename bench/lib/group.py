"""What measures that share their set-up have in common: processes that are stopped whatever happened."""


class Group:
    title = ""

    def __init__(self, env):
        self.env = env
        self.started = []

    def keep(self, process):
        """Stops it when the group is closed."""
        self.started.append(process)
        return process

    def open(self):
        raise NotImplementedError

    def repeat(self):
        raise NotImplementedError

    def close(self):
        for process in reversed(self.started):
            process.stop()
        self.started = []
