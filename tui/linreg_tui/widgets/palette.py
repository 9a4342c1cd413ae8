"""The command palette: what it offers before anything is typed, and in which order."""

from textual.command import DiscoveryHit, Hits
from textual.system_commands import SystemCommandsProvider


class InOrder(SystemCommandsProvider):
    """The commands in the order of the keys, which is that of their use; Textual's own come by the alphabet."""

    async def discover(self) -> Hits:
        """Offer all of them before anything is typed."""
        for name, help_text, callback, is_offered in self.app.get_system_commands(self.screen):
            if is_offered:
                yield DiscoveryHit(name, callback, help=help_text)
