"""Chinese families: a pattern, a table, and an answer that is computed or looked up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from datagen.talk import Talk, Turn, single

__all__ = ["chinese_families"]

IDIOMS = """画蛇添足|比喻做多余的事，反而坏了效果|文章写到这里已经很好，再加一段就是画蛇添足。
守株待兔|比喻不主动努力，指望意外的收获|找工作不能守株待兔，要主动投简历。
亡羊补牢|出了差错及时补救，可以防止继续受损|这次没备份丢了文件，亡羊补牢，他当晚就买了硬盘。
井底之蛙|比喻见识狭窄的人|多出去走走，别做井底之蛙。
对牛弹琴|比喻说话不看对象|跟三岁的弟弟讲股票，真是对牛弹琴。
掩耳盗铃|比喻自己欺骗自己|把坏成绩藏起来只是掩耳盗铃。
一石二鸟|做一件事得到两种好处|骑车上班既省钱又锻炼，可谓一石二鸟。
杯弓蛇影|因疑神疑鬼而自己吓自己|听见风声就以为有贼，真是杯弓蛇影。
雪中送炭|在别人困难时给予帮助|他在我失业时借钱给我，真是雪中送炭。
滴水穿石|只要坚持，力量虽小也能成事|每天练字半小时，滴水穿石，总会见效。
刻舟求剑|比喻拘泥成法，不懂变通|市场早就变了，还用去年的方案，无异于刻舟求剑。
胸有成竹|做事之前已有完整的打算|她胸有成竹地走上讲台。
南辕北辙|行动和目的正好相反|想减肥却天天吃夜宵，岂不是南辕北辙？
半途而废|事情没做完就停止|学琴最忌半途而废。
锦上添花|使美好的事物更加美好|窗外的雪给年夜饭锦上添花。
废寝忘食|形容非常专心努力|为了赶展览，他废寝忘食地画了一个月。
望梅止渴|用空想安慰自己|只看菜谱不做饭，不过是望梅止渴。
鹤立鸡群|比喻才能或仪表出众|他的设计在众多作品里鹤立鸡群。"""

POEMS = """白日依山尽|黄河入海流|王之涣《登鹳雀楼》
春眠不觉晓|处处闻啼鸟|孟浩然《春晓》
千山鸟飞绝|万径人踪灭|柳宗元《江雪》
锄禾日当午|汗滴禾下土|李绅《悯农》
海上生明月|天涯共此时|张九龄《望月怀远》
野火烧不尽|春风吹又生|白居易《赋得古原草送别》
两岸猿声啼不住|轻舟已过万重山|李白《早发白帝城》
停车坐爱枫林晚|霜叶红于二月花|杜牧《山行》
劝君更尽一杯酒|西出阳关无故人|王维《送元二使安西》
随风潜入夜|润物细无声|杜甫《春夜喜雨》
不识庐山真面目|只缘身在此山中|苏轼《题西林壁》
山重水复疑无路|柳暗花明又一村|陆游《游山西村》
大漠孤烟直|长河落日圆|王维《使至塞上》
谁言寸草心|报得三春晖|孟郊《游子吟》
接天莲叶无穷碧|映日荷花别样红|杨万里《晓出净慈寺送林子方》
欲穷千里目|更上一层楼|王之涣《登鹳雀楼》"""

PROVINCES = (
    "广东|广州|粤 四川|成都|川 陕西|西安|陕 浙江|杭州|浙 湖南|长沙|湘 福建|福州|闽 云南|昆明|云 山东|济南|鲁 "
    "河南|郑州|豫 甘肃|兰州|甘 江西|南昌|赣 海南|海口|琼 青海|西宁|青 辽宁|沈阳|辽 贵州|贵阳|黔 安徽|合肥|皖"
)
OPPOSITES = (
    "勤劳|懒惰 谦虚|骄傲 茂盛|枯萎 陌生|熟悉 节约|浪费 危险|安全 宽阔|狭窄 复杂|简单 清澈|浑浊 勇敢|胆怯 聚集|分散 "
    "暂时|永久 粗糙|光滑 进攻|防守 模糊|清晰 拥护|反对"
)
MEASURES = "匹|马 条|河 座|山 把|伞 朵|花 盏|灯 艘|船 棵|树 副|眼镜 幅|画 场|雨 口|井 架|飞机 面|镜子"
PINYIN = "骆驼|luò tuo;蜘蛛|zhī zhū;葡萄|pú tao;饺子|jiǎo zi;蝴蝶|hú dié;琵琶|pí pa;灯笼|dēng long;橄榄|gǎn lǎn"

REVIEWS = """物流神速，包装也很用心，孩子特别喜欢。|正面
用了三天就坏了，客服还不理人。|负面
这是一件蓝色的衣服。|中性
剧情拖沓，看到一半就睡着了。|负面
老板娘热情，牛肉粉量大味道正，下次还来！|正面
酒店离车站三公里。|中性
字太小，老人根本看不清说明书。|负面
音质比想象中好太多，低音很有弹性。|正面
一共有十二个章节。|中性
海边日出美得说不出话，值了。|正面
排队两小时，玩三分钟，真后悔。|负面
修车师傅不但没多收钱，还帮我检查了刹车。|正面"""

ENGLISH = """风筝|kite
桥|bridge
图书馆|library
冰箱|refrigerator
彩虹|rainbow
邻居|neighbour
地震|earthquake
毛巾|towel
有志者事竟成。|Where there is a will, there is a way.
他每天坐地铁上班。|He takes the underground to work every day.
请把窗户打开。|Please open the window.
我们下周三开会。|We are meeting next Wednesday.
The tea is too hot to drink.|茶太烫了，没法喝。
Please turn off the lights before you leave.|离开前请关灯。
She has been learning Chinese for two years.|她学中文已经两年了。
The bridge was built in 1932.|这座桥建于 1932 年。"""

FOREIGN = """你好|ko|韩语|안녕하세요
谢谢|ja|日语|ありがとう
面包|fr|法语|pain
早上好|es|西班牙语|Buenos días
再见|ru|俄语|До свидания
我爱你|it|意大利语|Ti amo
苹果|de|德语|Apfel
雪|ja|日语|雪"""

TERMS = (
    "立春|春季的第一个节气 清明|踏青扫墓的节气，在四月五日前后 芒种|有芒的麦子成熟、稻子下种的时节 "
    "立秋|秋季的开始，在八月八日前后 霜降|秋季的最后一个节气，天气渐冷，开始有霜 冬至|北半球白昼最短的一天"
    " 惊蛰|春雷始鸣，冬眠的动物苏醒 "
    "大雪|仲冬的开始，降雪可能增多"
)
ZODIAC = "鼠牛虎兔龙蛇马羊猴鸡狗猪"
WEEK = "一二三四五六日"
DIGITS = "零一二三四五六七八九"

FUNCTIONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "统计字符串中每个字符出现的次数",
        (
            "def count_chars(text):\n    counts = {}\n    for char in text:\n"
            "        counts[char] = counts.get(char, 0) + 1\n    return counts"
        ),
        "count_chars('banana')",
        "{'b': 1, 'a': 3, 'n': 2}",
    ),
    (
        "求一个列表中所有偶数的和",
        "def sum_even(values):\n    return sum(value for value in values if value % 2 == 0)",
        "sum_even([3, 4, 7, 10])",
        "14",
    ),
    (
        "把摄氏度换算成华氏度",
        "def to_fahrenheit(celsius):\n    return celsius * 9 / 5 + 32",
        "to_fahrenheit(25)",
        "77.0",
    ),
    (
        "实现冒泡排序",
        (
            "def bubble_sort(values):\n    values = list(values)\n    for end in range(len(values) - 1, 0, -1):\n"
            "        for k in range(end):\n            if values[k] > values[k + 1]:\n"
            "                values[k], values[k + 1] = values[k + 1], values[k]\n    return values"
        ),
        "bubble_sort([5, 2, 9, 1])",
        "[1, 2, 5, 9]",
    ),
    (
        "判断一个数是不是水仙花数",
        (
            "def is_narcissistic(number):\n    digits = str(number)\n"
            "    return number == sum(int(digit) ** len(digits) for digit in digits)"
        ),
        "is_narcissistic(153)",
        "True",
    ),
    (
        "实现二分查找，找不到时返回 -1",
        (
            "def binary_search(values, target):\n    low, high = 0, len(values) - 1\n"
            "    while low <= high:\n        middle = (low + high) // 2\n        if values[middle] == target:\n"
            "            return middle\n        if values[middle] < target:\n            low = middle + 1\n"
            "        else:\n"
            "            high = middle - 1\n    return -1"
        ),
        "binary_search([1, 3, 5, 8], 5)",
        "2",
    ),
    (
        "把列表按给定的键分组",
        (
            "def group_by(values, key):\n    groups = {}\n    for value in values:\n"
            "        groups.setdefault(key(value), []).append(value)\n    return groups"
        ),
        "group_by(['茶', '咖啡', '水'], len)",
        "{1: ['茶', '水'], 2: ['咖啡']}",
    ),
)


def _rows(table: str) -> list[list[str]]:
    return [row.split("|") for row in table.splitlines()]


def _pairs(table: str) -> list[list[str]]:
    return [pair.split("|") for pair in table.split()]


def _literature() -> Iterator[Talk]:
    for k, (idiom, meaning, example) in enumerate(_rows(IDIOMS)):
        if k % 2:
            yield single("成语", "zh", f"“{idiom}”是什么意思？", f"{meaning}。")
            yield single("成语", "zh", f"用“{idiom}”造句。", example)
        else:
            yield single("成语", "zh", "解释成语并造句。", f"{meaning}。例如：{example}", idiom)
    for k, (line, following, source) in enumerate(_rows(POEMS)):
        ask = f"“{line}”的下一句？" if k % 2 else f"背诵：{line}，____。"
        yield single("诗词", "zh", ask, f"{following}。" if k % 3 else f"{following}。（{source}）")
        yield single("诗词", "zh", f"诗句“{following}”出自哪里？", source)


def _language() -> Iterator[Talk]:
    for word, other in _pairs(OPPOSITES):
        yield single("语言", "zh", "写出反义词。", other, word)
    for measure, noun in _pairs(MEASURES):
        yield single("语言", "zh", f"填量词：一（）{noun}", measure)
    for word, sound in (pair.split("|") for pair in PINYIN.split(";")):
        yield single("语言", "zh", f"给“{word}”注音。", sound)
    for text, label in _rows(REVIEWS):
        yield single("分类", "zh", "情感分类：正面、负面或中性？", label, text)
    for text, translated in _rows(ENGLISH):
        yield single("翻译", "zh", "翻译成中文：" if text.isascii() else "翻译成英文：", translated, text)
    for word, code, name, foreign in _rows(FOREIGN):
        yield single("翻译", "zh", f"“{word}”用{name}怎么说？", foreign, foreign="" if foreign == "雪" else code)


def _facts() -> Iterator[Talk]:
    for province, capital, short in _pairs(PROVINCES):
        yield single("地理", "zh", f"{province}省的省会是哪座城市？", f"{capital}。")
        yield single("地理", "zh", f"车牌上的“{short}”代表哪个省？", f"{province}省")
    for term, meaning in _pairs(TERMS):
        yield single("常识", "zh", f"节气“{term}”有什么含义？", f"{meaning}。")
    for year in range(1958, 2024, 5):
        yield single("常识", "zh", f"{year}年（按农历年）的生肖是什么？", ZODIAC[(year - 4) % 12])


def _numbers(rng: Random) -> Iterator[Talk]:
    for _ in range(30):
        a, b, c = rng.randint(12, 99), rng.randint(3, 19), rng.randint(100, 900)
        yield single("数学", "zh", f"计算：{a} × {b}", str(a * b))
        yield single("数学", "zh", f"{c} 减 {a} 再加 {b}，得多少？", f"{c} − {a} + {b} = {c - a + b}")
    for _ in range(24):
        width, height = rng.randint(3, 30), rng.randint(3, 30)
        yield single(
            "数学",
            "zh",
            f"长方形长 {max(width, height)} 米、宽 {min(width, height)} 米，求周长和面积。",
            f"周长 {2 * (width + height)} 米，面积 {width * height} 平方米。",
        )
        price, off = rng.randint(4, 40) * 10, rng.choice([6, 7, 8, 9])
        yield single(
            "数学",
            "zh",
            f"原价 {price} 元的外套打{DIGITS[off]}折，要付多少钱？",
            f"{price} × 0.{off} = {price * off // 10} 元",
        )
        jin = rng.randint(2, 60)
        yield single("换算", "zh", f"{jin} 斤等于多少千克？", f"{jin / 2:g} 千克")
        mu = rng.randint(3, 90)
        yield single("换算", "zh", f"{mu * 15} 亩合多少公顷？", f"{mu} 公顷")
    for name, thing in zip(
        ["小明", "小红", "阿强", "丽丽", "老张", "小雨", "阿宝", "小杰"],
        ["苹果", "灯笼", "鸡蛋", "气球", "馒头", "贝壳", "包子", "橘子"],
        strict=True,
    ):
        has, bought, given = rng.randint(12, 40), rng.randint(8, 30), rng.randint(3, 11)
        yield single(
            "数学",
            "zh",
            f"{name}有 {has} 个{thing}，又得到 {bought} 个，送出 {given} 个，还剩几个？",
            f"{has} + {bought} − {given} = {has + bought - given}，还剩 {has + bought - given} 个。",
        )
        speed, hours = rng.randint(4, 6) * 10, rng.randint(2, 7)
        yield single(
            "数学",
            "zh",
            f"{name}坐的客车每小时行 {speed} 千米，{hours} 小时行多远？",
            f"{speed} × {hours} = {speed * hours} 千米",
        )
    for k in range(10):
        day = date(2023, 3, 2) + timedelta(days=61 * k + 11)
        yield single("日历", "zh", f"{day.year}年{day.month}月{day.day}日是星期几？", f"星期{WEEK[day.weekday()]}")


def _code() -> Iterator[Talk]:
    for does, source, call, result in FUNCTIONS:
        yield single(
            "编程", "zh", f"用 Python 写一个函数：{does}。", f"```python\n{source}\n```\n\n`{call}` 返回 `{result}`。"
        )


def _follow_ups(rng: Random) -> Iterator[Talk]:
    for province, capital, short in _pairs(PROVINCES)[::2]:
        yield Talk(
            "地理",
            "zh",
            (
                Turn(f"我要去{province}出差，飞机一般飞到哪里？", f"多数航班飞到省会{capital}。"),
                Turn("那里的车牌开头是什么字？", f"“{short}”，是{province}的简称。"),
            ),
        )
    for _, (idiom, meaning, example) in zip(range(9), _rows(IDIOMS)[1::2], strict=False):
        yield Talk(
            "成语",
            "zh",
            (
                Turn(
                    f"老师今天讲了{idiom}，我没听懂。",
                    f"这个成语{meaning if meaning[0] == '比' else '的意思是' + meaning}。",
                ),
                Turn("能举个例子吗？", f"比如：{example}"),
            ),
        )
    for _ in range(10):
        a, b, c = rng.randint(20, 90), rng.randint(11, 40), rng.randint(3, 9)
        yield Talk(
            "数学",
            "zh",
            (
                Turn(f"{a} 加 {b} 等于几？", str(a + b)),
                Turn(f"再乘以 {c} 呢？", f"{a + b} × {c} = {(a + b) * c}"),
                Turn("是偶数吗？", "是。" if (a + b) * c % 2 == 0 else "不是，是奇数。"),
            ),
        )


def chinese_families(rng: Random) -> list[Talk]:
    """Return all Chinese talks that are computed, in a fixed order for a given *rng*."""
    parts = [_literature(), _language(), _facts(), _numbers(rng), _code(), _follow_ups(rng)]
    return [talk for part in parts for talk in part]
