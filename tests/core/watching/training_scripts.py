"""Training loops as people write them. Each says at its end what it has come to, to the last bit."""

DATA = """
import torch
from torch import nn, optim
import torch.nn.functional as F
torch.manual_seed(1)
x = torch.FloatTensor([[0], [1], [1]])
y = torch.FloatTensor([[0], [1], [2]])
def done(*tensors):
    print([value.hex() for tensor in tensors for value in tensor.detach().double().reshape(-1).tolist()])
"""

LECTURE = """
x_train, y_train = x, y
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w, b], lr=0.01)
nb_epochs = 300
for epoch in range(nb_epochs + 1):
    hypothesis = x_train * w + b
    cost = torch.mean((hypothesis - y_train) ** 2)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
    if epoch % 100 == 0:
        print('Epoch {:4d}/{} w: {:.3f}, b: {:.3f} cost: {:.6f}'.format(
            epoch, nb_epochs, w.item(), b.item(), cost.item()
        ))
done(w, b)
"""

ENDLESS = "import time\n" + (
    LECTURE.replace("nb_epochs = 300", "nb_epochs = 10 ** 9")
    .replace("epoch % 100", "epoch % 10000")
    .replace("    optimizer.step()\n", "    optimizer.step()\n    time.sleep(0.002)\n")
)
"""Some hundred steps a second and no end: what others wait for meanwhile has the processor."""

MLP = """
X, Y = torch.randn(96, 784), torch.randint(0, 10, (96,))
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=32, shuffle=True{workers})
model = nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))
opt = optim.{optimizer}(model.parameters())
for epoch in range(2):
    for xb, yb in loader:
        loss = F.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
done(*model.parameters())
"""

SCRIPTS = {
    "the lecture's": LECTURE,
    "nn.Linear, in functions": """
import torch.distributed as dist  # in it is an object that warns of whatever it is asked

class Told:
    def __getattribute__(self, name):
        print("asked for", name)
        return object.__getattribute__(self, name)

told = Told()

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
    def forward(self, x):
        return self.linear(x)

def train(model, epochs):
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    for epoch in range(1, epochs + 1):
        prediction = model(x)
        loss = F.mse_loss(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def main():
    model = Model()
    train(model, 20)
    done(*model.parameters())

if __name__ == "__main__":
    main()
""",
    "a trainer class": """
class Trainer:
    def __init__(self, model):
        self.model, self.criterion = model, nn.MSELoss()
        self.optimizer = optim.Adam(self.model.parameters(), lr=0.05)
    def step(self):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
    def fit(self, n):
        for epoch in range(n):
            self.step()
trainer = Trainer(nn.Linear(1, 1))
trainer.fit(15)
done(*trainer.model.parameters())
""",
    "by hand": """
w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
for i in range(30):
    loss = ((x * w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad.zero_()
        b.grad.zero_()
done(w, b)
""",
    "by hand, with autograd.grad": """
w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
for i in range(30):
    loss = F.mse_loss(x * w + b, y)
    dw, db = torch.autograd.grad(loss, [w, b])
    w = (w - 0.1 * dw).detach().requires_grad_()
    b = (b - 0.1 * db).detach().requires_grad_()
done(w, b)
""",
    "mini-batches": """
X = torch.randn(64, 3)
Y = X @ torch.tensor([[1.0], [2.0], [3.0]]) + 0.1 * torch.randn(64, 1)
model = nn.Linear(3, 1)
opt = optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    order = torch.randperm(64)
    for i in range(0, 64, 16):
        rows = order[i:i + 16]
        loss = F.mse_loss(model(X[rows]), Y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
done(*model.parameters())
""",
    "an MLP": MLP.format(workers="", optimizer="Adam"),
    "an MLP, with workers": MLP.format(workers=", num_workers=2", optimizer="AdamW"),
    "L-BFGS": """
model = nn.Linear(1, 1)
opt = optim.LBFGS(model.parameters(), lr=0.5)
def closure():
    opt.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    return loss
for t in range(4):
    opt.step(closure)
done(*model.parameters())
""",
    "a GAN": """
G, D = nn.Linear(2, 1), nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
g_opt, d_opt = optim.Adam(G.parameters()), optim.Adam(D.parameters())
bce = nn.BCEWithLogitsLoss()
for epoch in range(10):
    real, fake = torch.randn(8, 1) + 3, G(torch.randn(8, 2))
    d_opt.zero_grad()
    bce(D(real), torch.ones(8, 1)).backward()
    bce(D(fake.detach()), torch.zeros(8, 1)).backward()
    d_opt.step()
    g_opt.zero_grad()
    bce(D(fake), torch.ones(8, 1)).backward()
    g_opt.step()
done(*G.parameters(), *D.parameters())
""",
    "a scheduler": """
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
schedule = optim.lr_scheduler.StepLR(opt, 5, 0.5)
for epoch in range(20):
    loss = F.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    schedule.step()
done(*model.parameters())
""",
    "accumulation and clipping": """
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    opt.zero_grad()
    for row in range(3):
        (F.mse_loss(model(x[row]), y[row]) / 3).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
done(*model.parameters())
""",
    "a scaler": """
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
for epoch in range(10):
    opt.zero_grad()
    loss = F.mse_loss(model(x), y)
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
done(*model.parameters())
""",
    "hooks": """
model = nn.Linear(1, 1)
model.weight.register_hook(lambda gradient: print("gradient", gradient.item()))
opt = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    loss = F.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
done(*model.parameters())
""",
    "a function of its own": """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, r):
        ctx.save_for_backward(r)
        return r * r
    @staticmethod
    def backward(ctx, g):
        print("backward")
        return 2 * ctx.saved_tensors[0] * g
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    loss = Square.apply(model(x) - y).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
done(*model.parameters())
""",
    "noise": """
model = nn.Sequential(nn.Linear(1, 4), nn.Dropout(0.5), nn.Linear(4, 1))
opt = optim.RMSprop(model.parameters(), lr=0.01)
for epoch in range(10):
    loss = F.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(torch.rand(1).item().hex())
done(*model.parameters())
""",
    "a step that fails once": """
model = nn.Linear(1, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
def closure(fails=False):
    if fails:
        raise ValueError("not now")
    opt.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    return loss
for epoch in range(6):
    try:
        opt.step(lambda: closure(epoch == 2))
    except ValueError as problem:
        print(problem)
done(*model.parameters())
""",
    "threads": """
import threading
def train(seed, out):
    w = torch.full((1,), float(seed), requires_grad=True)
    opt = optim.SGD([w], lr=0.1)
    for epoch in range(20):
        loss = ((x * w - y) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    out[seed] = w
out = {}
threads = [threading.Thread(target=train, args=(seed, out)) for seed in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
done(*(out[seed] for seed in range(2)))
""",
    "diverging": """
w = torch.zeros(1, requires_grad=True)
opt = optim.SGD([w], lr=1e6)
for epoch in range(30):
    loss = ((x * w - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
done(w)
""",
    "ending with status 3": """
w = torch.zeros(1, requires_grad=True)
opt = optim.SGD([w], lr=0.1)
for epoch in range(5):
    loss = ((x * w - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
done(w)
raise SystemExit(3)
""",
    "L1": """
model = nn.Linear(1, 1)
opt = optim.Adam(model.parameters(), lr=0.01)
for epoch in range(10):
    loss = F.l1_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
done(*model.parameters())
""",
    "in an exit handler": """
import atexit
w = torch.zeros(1, requires_grad=True)
opt = optim.SGD([w], lr=0.1)
def train():
    for epoch in range(5):
        loss = ((x * w - y) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    done(w)
atexit.register(train)
""",
}
