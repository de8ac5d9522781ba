"""``make torture``."""
import argparse, asyncio, logging, tempfile, time, resource
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
from pathlib import Path
from torture.loop import Plan, run
p=argparse.ArgumentParser(); p.add_argument("--tasks",type=int,default=300); p.add_argument("--kills",type=int,default=20); p.add_argument("--seed",type=int,default=int(time.time())); p.add_argument("--trusted",action="store_true"); p.add_argument("--fresh",action="store_true")
a=p.parse_args()
folder=Path(tempfile.mkdtemp(prefix="torture-",dir="/dev/shm"))
r=asyncio.run(run(Plan(**vars(a)),folder))
print(folder); print(r)
own=resource.getrusage(resource.RUSAGE_SELF); ch=resource.getrusage(resource.RUSAGE_CHILDREN)
print("cpu own",own.ru_utime+own.ru_stime,"bot",ch.ru_utime+ch.ru_stime)
