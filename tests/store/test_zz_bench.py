import random, time
from sqlalchemy import text, select, func
from newsletter.store import bulk
from newsletter.store.subscribers import insert_rows, count
from newsletter.store.segments import where
from newsletter.segment import parse
F={"plaats":"text","leeftijd":"number","sinds":"date","lid":"boolean"}
N=200_000
def test_b(store):
    r=random.Random(1)
    rows=[];marked=[]
    for i in range(N):
        id=f"{r.getrandbits(128):032x}"; d=r.choice(["example.org","example.nl","heuvel.nl"])
        rows.append((id,f"Lezer{i}@{d}",f"lezer{i}@{d}",d,f"Lezer {i}","nl",f"20{r.randint(10,26)}-0{r.randint(1,9)}-1{r.randint(0,9)}",r.choice(["confirmed"]*8+["pending","left"]),None,None,None,None,"import",bulk.document({"plaats":r.choice(["Heuvel","Dal","Zee"]),"leeftijd":r.randint(18,90),"sinds":"2020-01-01","lid":r.random()<.5})))
        if r.random()<.4: marked.append((id,r.choice(["zuid","noord"])))
    with store.writing() as t: insert_rows(t,rows,marked)
    with store.writing() as t: t.execute(text("ANALYZE"))
    def best(f):
        b=9
        for _ in range(4):
            s=time.perf_counter(); x=f(); b=min(b,time.perf_counter()-s)
        return b*1000,x
    with store.reading() as t:
        bare,_=best(lambda: t.scalar(text("select count(*) from subscribers")))
        print("\nbare",round(bare,1))
        for e in ["status == 'confirmed'","tag('zuid')","not tag('zuid')","tag('zuid') and joined > 2026-01-01","joined > 2020-01-01","domain == 'example.org'","plaats == 'Heuvel'","leeftijd > 40","sinds >= 2020-01-01","lid == true","reason == 'bounced'","name > 'Lezer 5'","tag('zuid') or domain == 'heuvel.nl'", "status == 'confirmed' and (tag('zuid') or plaats == 'Dal') and joined > 2020-01-01"]:
            w=where(parse(e,F)); m,x=best(lambda: count(t,w)); print(f"{e:45} {m:8.1f} ms {m/bare:5.1f}x {x}")
        if store.file: hand={"tag":"select count(*) from subscribers where id in (select subscriber from tags where tag='zuid')","plaats":"select count(*) from subscribers where json_extract(fields,'$.plaats')='Heuvel'","age":"select count(*) from subscribers where json_extract(fields,'$.leeftijd')>40","joined":"select count(*) from subscribers where joined>'2020-01-01'"}
        else: hand={"tag":"select count(*) from subscribers where id in (select subscriber from tags where tag='zuid')","plaats":"select count(*) from subscribers where fields->>'plaats'='Heuvel'","age":"select count(*) from subscribers where (fields->>'leeftijd')::float8>40","joined":"select count(*) from subscribers where joined>'2020-01-01'"}
        for k,q in hand.items(): print("hand",k,round(best(lambda: t.scalar(text(q)))[0],1))
