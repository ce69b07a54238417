"""One net that all cells of the search space share: each cell borrows its layers from one store.

Source of the idea: Pham, Guan, Zoph, Le and Dean, Efficient Neural Architecture Search via
Parameter Sharing, 2018. There a controller draws the cells; here each is as likely as any other.
"""

import torch
from torch import Tensor, nn

from utils.models.search_space import Cell, CellNet, cells


class SharedCells(nn.Module):
    """(N, 1, H, W) -> (N, 10), by a cell that is drawn anew at every call, from torch's seed.

    A layer is shared by all cells that have it at the same size and place, reading the same state.
    What takes in one output and what takes in two joined ones are two layers.
    """

    def __init__(self):
        super().__init__()
        self.cells, self.store = cells(), {}
        for cell in self.cells:
            self.net(cell)
        self.layers = nn.ModuleList(self.store.values())

    def net(self, cell: Cell) -> CellNet:
        """The net of `cell`, made of the shared layers."""
        net, lend = CellNet(cell), self.store.setdefault
        net.stem = lend("stem", net.stem)
        members = (cell.a, 0), (cell.b, 0), (cell.c, cell.s), (cell.d, cell.t)
        for size, layer in enumerate(net.layers):
            layer.fit = lend((size, layer.fit[1].in_channels), layer.fit)
            for place, member in enumerate(members):
                own = layer.operations[place]
                layer.operations[place] = lend((size, place, *member), own)
        net.fc = lend(net.fc.in_features, net.fc)
        return net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(self.cells[torch.randint(len(self.cells), ())])(x)


@torch.no_grad()
def right(shared: SharedCells, cell: Cell, x: Tensor, y: Tensor) -> int:
    """How many of x, (N, 1, H, W), the net of `cell` gets right with the shared weights.

    In training mode: the running statistics are a mixture over all cells, of use to none.
    """
    return (shared.net(cell).train()(x).argmax(1) == y).sum().item()
