"""``make torture``."""
import argparse, asyncio, logging, tempfile, time
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
from pathlib import Path
from torture.loop import Plan, run
p=argparse.ArgumentParser(); p.add_argument("--tasks",type=int,default=300); p.add_argument("--kills",type=int,default=20); p.add_argument("--seed",type=int,default=int(time.time())); p.add_argument("--trusted",action="store_true"); p.add_argument("--fresh",action="store_true")
a=p.parse_args()
folder=Path(tempfile.mkdtemp(prefix="torture-"))
r=asyncio.run(run(Plan(**vars(a)),folder))
print(folder); 
for k,v in vars(r).items(): print(k,v) if k!="findings" else None
for f in r.findings: print(f)
