"""Talks in which the assistant calls a tool; the worlds behind the tools (weather, parcels, shelves) are invented."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from datagen.talk import Call, Language, Talk, Turn

__all__ = ["TOOLS", "tool_talks"]


def _tool(name: str, description: str, /, **parameters: str) -> dict[str, Any]:
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


TOOLS = {
    tool["function"]["name"]: tool
    for tool in (
        _tool("calculate", "Evaluate an arithmetic expression.", expression="string"),
        _tool("solve", "Solve an equation for x.", equation="string"),
        _tool("search", "Search the web.", query="string"),
        _tool("draw", "Draw a picture from a description.", description="string"),
        _tool("get_weather", "Weather forecast for a city and a day.", city="string", day="string"),
        _tool("track_parcel", "Where a parcel is.", parcel="string"),
        _tool("find_book", "Look a book up in the library's catalogue.", title="string"),
        _tool(
            "convert_currency", "Convert an amount at today's rate.", amount="number", source="string", target="string"
        ),
    )
}

SKIES = [
    ("sunny", "晴"),
    ("cloudy", "多云"),
    ("light rain", "小雨"),
    ("snow showers", "阵雪"),
    ("windy", "大风"),
    ("fog", "有雾"),
]
CITIES = [
    ("Bergen", "杭州"),
    ("Lyon", "成都"),
    ("Porto", "青岛"),
    ("Ghent", "西安"),
    ("Graz", "昆明"),
    ("Cork", "哈尔滨"),
    ("Turku", "厦门"),
    ("Siena", "拉萨"),
    ("Bath", "桂林"),
    ("Delft", "洛阳"),
    ("Split", "大连"),
    ("Umeå", "苏州"),
]
DAYS = [("tomorrow", "明天"), ("Sunday", "周日"), ("tonight", "今晚"), ("Friday", "周五")]
BOOKS = [
    ("The Tin Orchard", "纸船"),
    ("Nine Winters", "山外的钟声"),
    ("A Map of Rain", "盐与月亮"),
    ("The Clockmender", "修表人"),
    ("Salt Roads", "北方的河灯"),
    ("Letters to a Lighthouse", "巷口的书摊"),
    ("Small Kingdoms", "第七个秋天"),
    ("The Bee Winter", "听雨记"),
    ("Under Glass", "会飞的木马"),
    ("Harbour Songs", "石头上的字"),
]
PICTURES = [
    ("a lighthouse in a snowstorm", "雪夜里的灯塔"),
    ("two foxes playing chess", "两只狐狸在下棋"),
    ("a tram crossing a field of sunflowers", "穿过向日葵田的电车"),
    ("an octopus reading a newspaper", "看报纸的章鱼"),
    ("a teapot shaped like an elephant", "大象形状的茶壶"),
    ("a quiet bamboo forest at dawn", "清晨安静的竹林"),
]

SEARCHES: tuple[tuple[Language, str, str, str, str], ...] = (
    (
        "en",
        "When does the Orrin valley road open this year?",
        "Orrin valley road opening date",
        "The road to Orrin is expected to open on 3 May after the avalanche barriers have been checked",
        "It is expected to open on 3 May, once the avalanche barriers have been checked.",
    ),
    (
        "en",
        "Who won the Tolver kite festival?",
        "Tolver kite festival winner",
        "First prize at the Tolver kite festival went to the Ferro family for a twelve-metre heron",
        "The Ferro family, with a heron twelve metres long.",
    ),
    (
        "en",
        "How tall is the new water tower in Mellby?",
        "Mellby new water tower height",
        "Mellby's new water tower, 48 metres tall, was filled for the first time on Thursday",
        "48 metres.",
    ),
    (
        "en",
        "Is the night train from Aldern still running?",
        "Aldern night train timetable",
        "The Aldern night train runs on Fridays and Saturdays until the end of October",
        "Yes, on Fridays and Saturdays until the end of October.",
    ),
    (
        "en",
        "What is special about Quenby pears?",
        "Quenby pears variety",
        "Quenby pears ripen in December and keep until April without refrigeration",
        "They ripen as late as December and keep until April without a fridge.",
    ),
    (
        "en",
        "Which museum shows the Harlow clock?",
        "Harlow clock museum",
        "The Harlow clock, which strikes thirteen at noon, is on show in the town museum of Perrin",
        "The town museum of Perrin. By the way, it strikes thirteen at noon.",
    ),
    (
        "zh",
        "云溪古镇的灯会什么时候开始？",
        "云溪古镇 灯会 时间",
        "云溪古镇灯会将于正月十二开幕，持续七天，晚六点亮灯",
        "正月十二开始，一共七天，每晚六点亮灯。",
    ),
    (
        "zh",
        "松岭站的新天桥建好了吗？",
        "松岭站 新天桥 进展",
        "松岭站新天桥已完成主体结构，预计九月通行",
        "还没有，主体已经完工，预计九月可以通行。",
    ),
    (
        "zh",
        "白鹭湖一共有多少种鸟？",
        "白鹭湖 鸟类 数量",
        "最新调查显示，白鹭湖共记录到鸟类一百三十六种",
        "最新调查记录到一百三十六种。",
    ),
    (
        "zh",
        "青石巷的老面馆搬到哪里去了？",
        "青石巷 老面馆 新地址",
        "经营四十年的青石巷面馆迁至东门桥头，招牌未变",
        "搬到了东门桥头，招牌没有变。",
    ),
    (
        "zh",
        "谁设计了临江剧院？",
        "临江剧院 设计师",
        "临江剧院由建筑师陆远设计，外形取自一艘倒扣的渔船",
        "建筑师陆远，外形像一艘倒扣的渔船。",
    ),
    (
        "zh",
        "望海岛的末班船几点开？",
        "望海岛 末班船 时刻",
        "望海岛夏季末班船十八点四十分，冬季提前一小时",
        "夏季十八点四十分，冬季十七点四十分。",
    ),
)


def _talk(topic: str, language: Language, ask: str, thought: str, call: Call, answer: str) -> Talk:
    return Talk(topic, language, (Turn(ask, answer, thought=thought, call=call),))


def _calculations(rng: Random) -> Iterator[Talk]:
    for _ in range(16):
        a, b, c = rng.randint(113, 989), rng.randint(23, 98), rng.randint(1001, 9899)
        call = Call("calculate", {"expression": f"{a}*{b}+{c}"}, str(a * b + c))
        yield _talk(
            "calculator",
            "en",
            f"What is {a} times {b} plus {c}?",
            "This is arithmetic; the calculator is exact.",
            call,
            f"{a} × {b} + {c} = {a * b + c}",
        )
        rows, seats, sold = rng.randint(18, 60), rng.randint(12, 40), rng.randint(100, 210)
        call = Call("calculate", {"expression": f"{rows}*{seats}-{sold}"}, str(rows * seats - sold))
        yield _talk(
            "calculator",
            "zh",
            f"剧院有 {rows} 排，每排 {seats} 个座位，已售 {sold} 张票，还剩多少座位？",
            "先求总座位数，再减去已售的票数。",
            call,
            f"还剩 {rows * seats - sold} 个座位。",
        )


def _equations(rng: Random) -> Iterator[Talk]:
    for _ in range(8):
        x, a, b = rng.randint(2, 19), rng.randint(2, 9), rng.randint(3, 50)
        call = Call("solve", {"equation": f"{a}*x+{b}={a * x + b}"}, f"x={x}")
        yield _talk("equation", "en", f"Solve {a}x + {b} = {a * x + b}.", "A linear equation in x.", call, f"x = {x}")
        x, a, b = rng.randint(2, 19), rng.randint(2, 9), rng.randint(3, 50)
        call = Call("solve", {"equation": f"{a}*x-{b}={a * x - b}"}, f"x={x}")
        yield _talk(
            "equation",
            "zh",
            f"一个数的 {a} 倍减去 {b} 等于 {a * x - b}，求这个数。",
            "设这个数为 x，列一元一次方程。",
            call,
            f"这个数是 {x}。",
        )


def _searches() -> Iterator[Talk]:
    for language, ask, query, found, answer in SEARCHES:
        thought = "I should look this up." if language == "en" else "需要先搜索一下最新的消息。"
        yield _talk("search", language, ask, thought, Call("search", {"query": query}, found), answer)


def _pictures() -> Iterator[Talk]:
    for k, (en, zh) in enumerate(PICTURES):
        yield _talk(
            "picture",
            "en",
            f"{('Draw', 'Please paint', 'I would like a picture of')[k % 3]} {en}.",
            "The user wants a picture.",
            Call("draw", {"description": en}, "done"),
            "Here it is. Shall I change the colours?",
        )
        yield _talk(
            "picture",
            "zh",
            f"{('画一幅', '请帮我画', '我想要一张')[k % 3]}{zh}。",
            "用户想要一张图。",
            Call("draw", {"description": zh}, "done"),
            "画好了，看看喜不喜欢？",
        )


def _weather(rng: Random) -> Iterator[Talk]:
    asks_en = (
        "Do I need an umbrella in {city} {day}?",
        "{city} {day}: how will the weather be?",
        "What should I pack for {city} {day}?",
        "Weather {day} in {city}, please.",
    )
    asks_zh = (
        "{city}{day}天气怎么样？",
        "{day}去{city}要带伞吗？",
        "帮我看看{city}{day}冷不冷。",
        "{day}{city}适合爬山吗？",
    )
    for k, (city_en, city_zh) in enumerate(CITIES):
        for language, city in (("en", city_en), ("zh", city_zh)):
            at = language == "zh"
            day, sky, low = rng.choice(DAYS)[at], rng.choice(SKIES)[at], rng.randint(-4, 16)
            high = low + rng.randint(3, 9)
            result = f'{{"sky": "{sky}", "low": {low}, "high": {high}}}'
            call = Call("get_weather", {"city": city, "day": day}, result)
            ask = (asks_zh if at else asks_en)[k % 4].format(city=city, day=day)
            answer = f"{sky}，{low} 到 {high} 度。" if at else f"{sky.capitalize()}, between {low} and {high} °C."
            yield _talk(
                "weather", "zh" if at else "en", ask, "查天气预报。" if at else "Check the forecast.", call, answer
            )


def _parcels(rng: Random) -> Iterator[Talk]:
    places = [
        ("at customs", "海关"),
        ("at the depot in Graz", "苏州分拨中心"),
        ("on a lorry near Lyon", "武汉转运站"),
        ("on board a ferry", "成都仓库"),
    ]
    asks_en = ("Where is my parcel {p}?", "Any news about {p}?", "{p} has not arrived. Can you check?")
    asks_zh = ("我的包裹 {p} 到哪里了？", "查一下 {p} 的物流。", "{p} 怎么还没到？")
    for k in range(10):
        place = places[k % 4]
        parcel, days = f"K{rng.randint(100, 999)}-{rng.choice('ABCDEFG')}", rng.randint(1, 4)
        call = Call("track_parcel", {"parcel": parcel}, f'{{"place": "{place[0]}", "days": {days}}}')
        yield _talk(
            "parcel",
            "en",
            asks_en[k % 3].format(p=parcel),
            "Look the parcel up.",
            call,
            f"It is {place[0]}; allow {days} more day{'s' * (days > 1)}.",
        )
        parcel = f"S{rng.randint(100, 999)}-{rng.choice('HJKLMN')}"
        call = Call("track_parcel", {"parcel": parcel}, f'{{"place": "{place[1]}", "days": {days}}}')
        yield _talk(
            "parcel",
            "zh",
            asks_zh[k % 3].format(p=parcel),
            "查询物流信息。",
            call,
            f"现在在{place[1]}，还要 {days} 天左右。",
        )


def _books(rng: Random) -> Iterator[Talk]:
    for k, (en, zh) in enumerate(BOOKS):
        shelf, copies = f"{rng.choice('ABCD')}{rng.randint(1, 40)}", k % 3
        call = Call("find_book", {"title": en}, f'{{"shelf": "{shelf}", "copies": {copies}}}')
        answer = (
            f"Yes: shelf {shelf}, {copies} in." if copies else f"It belongs on shelf {shelf}, but all copies are out."
        )
        yield _talk("library", "en", f'Do you have "{en}"?', "Look it up in the catalogue.", call, answer)
        call = Call("find_book", {"title": zh}, f'{{"shelf": "{shelf}", "copies": {copies}}}')
        answer = f"有，在 {shelf} 架，还剩 {copies} 本。" if copies else f"书架号是 {shelf}，不过已经全部借出。"
        yield _talk("library", "zh", f"馆里有《{zh}》吗？", "查一下馆藏目录。", call, answer)


def _money(rng: Random) -> Iterator[Talk]:
    for source, target, rate in [
        ("EUR", "USD", 1.25),
        ("GBP", "EUR", 1.2),
        ("USD", "JPY", 150.0),
        ("EUR", "CNY", 8.0),
        ("CHF", "SEK", 11.0),
        ("USD", "MXN", 18.0),
    ]:
        amount = rng.randint(2, 90) * 20
        call = Call("convert_currency", {"amount": amount, "source": source, "target": target}, f"{amount * rate:.2f}")
        yield _talk(
            "money",
            "en",
            f"{amount} {source} in {target}?",
            "Use today's rate.",
            call,
            f"{amount * rate:,.2f} {target}",
        )
        amount = rng.randint(2, 90) * 20
        call = Call("convert_currency", {"amount": amount, "source": source, "target": target}, f"{amount * rate:.2f}")
        yield _talk(
            "money",
            "zh",
            f"{amount} {source} 换成 {target} 是多少？",
            "按今天的汇率换算。",
            call,
            f"约 {amount * rate:.2f} {target}",
        )


def tool_talks(rng: Random) -> list[Talk]:
    """Return all talks with a tool call, in a fixed order for a given *rng*."""
    parts = [
        _calculations(rng),
        _equations(rng),
        _searches(),
        _pictures(),
        _weather(rng),
        _parcels(rng),
        _books(rng),
        _money(rng),
    ]
    return [talk for part in parts for talk in part]
