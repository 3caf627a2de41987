"""Language tags as audience files write them: `zh-Hans`, also `zh_CN` or `ZH-hans`."""

from __future__ import annotations

import re
from functools import lru_cache

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")

# The languages of CLDR 47. A tag that looks right and names none (`xx`, `eng`, `cn`) would silently get the default
# language for ever, so it is a mistake.
_LANGUAGES = frozenset(  # in words, because a list of 312 quoted ones fills a screen
    """
    aa ab af agq ak am an ann apc ar arn as asa ast az ba bal bas be bem bew bez bg bgc bgn bho blo blt bm bn
    bo br brx bs bss byn ca cad cch ccp ce ceb cgg cho chr cic ckb co cop cs csw cu cv cy da dav de dje doi
    dsb dua dv dyo dz ebu ee el en eo es et eu ewo fa ff fi fil fo fr frr fur fy ga gaa gd gez gl gn gsw gu
    guz gv ha haw he hi hnj hr hsb ht hu hy ia id ie ig ii io is it iu ja jbo jgo jmc jv ka kaa kab kaj kam
    kcg kde kea ken kgp khq ki kk kkj kl kln km kn ko kok kpe ks ksb ksf ksh ku kw kxv ky la lag lb lg lij lkt
    lld lmo ln lo lrc lt ltg lu luo luy lv mai mas mdf mer mfe mg mgh mgo mhn mi mic mk ml mn mni moh mr ms mt
    mua mus my myv mzn naq nb nd nds ne nl nmg nn nnh no nqo nr nso nus nv ny nyn oc om or os osa pa pap pcm
    pis pl prg ps pt qu quc raj rhg rif rm rn ro rof ru rw rwk sa sah saq sat sbp sc scn sd sdh se seh ses sg
    shi shn si sid sk skr sl sma smj smn sms sn so sq sr ss ssy st su sv sw syr szl ta te teo tg th ti tig tk
    tn to tok tpi tr trv trw ts tt twq tyv tzm ug uk ur uz vai ve vec vi vmw vo vun wa wae wal wbp wo xh xnr
    xog yav yi yo yrl yue za zgh zh zu
    """.split()  # noqa: SIM905
)


@lru_cache(maxsize=1024)
def canonical(text: str) -> str | None:
    """The tag as CLDR writes it (`zh_hans_cn` -> `zh-Hans-CN`), or None when it is no tag of a known language."""
    match = _TAG.fullmatch(text)
    if match is None or match[1].lower() not in _LANGUAGES:
        return None
    language, script, region = match.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))
