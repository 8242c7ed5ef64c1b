"""The commented configuration that `zhibu init` writes."""

EXAMPLE = """\
# 支部助手的配置。# 开头的是说明或还没有启用的项；要用就去掉 # 再改。
# 改完运行：zhibu doctor
# 密码一类的内容可以不写在这里：{ env = "环境变量名" } 或 { file = "文件路径" }

[server]
host = "127.0.0.1"      # 只让本机访问；前面有反向代理时就这样
port = 8080
# public_url = "https://zhibu.example.org"   # 平台和党员访问的外网地址，不带末尾的 /
# trusted_proxies = ["127.0.0.1"]            # 反向代理的地址

[data]
dir = "data"            # 程序自己写的文件：密钥、备份
# 几台机器一起用时，里面的 text.key、web.key 每台要一样：从第一台复制过去，再启动别的

[database]
# 默认一个文件就够用，几个街道也没有问题；人多、多台机器时换 PostgreSQL
url = "sqlite:///data/zhibu.db"
# url = { env = "ZHIBU_DATABASE" }           # postgresql://用户:密码@主机/库名

[quiet]
from = "20:30"          # 从几点起不打扰
until = "08:00"         # 到几点为止
group_notices_per_day = 1   # 一个群一天最多主动发几条
notices_per_week = 5        # 一个支部7天里最多几条通知，再多要写原因

[privacy]
keep_text_days = 30     # 消息原文加密保存几天，之后只留处理结果

# [watchdog]              # 程序停了，要有人知道：正常时每5分钟访问一次，几次没来那边会告诉您
# ping_url = { env = "ZHIBU_PING_URL" }

# 渠道可以有几个，每个一节，name 不能相同，它会出现在回调地址 /webhook/名称 里。

# 企业微信自建应用：一对一收发。各项在“管理后台 — 应用管理 — 自建应用”里
# [[channel]]
# name = "wecom"
# kind = "wecom_app"
# corp_id = "ww0000000000000000"
# agent_id = 1000002
# secret = { env = "ZHIBU_WECOM_SECRET" }
# token = { env = "ZHIBU_WECOM_TOKEN" }      # “接收消息”页
# aes_key = { env = "ZHIBU_WECOM_AES_KEY" }  # “接收消息”页的 EncodingAESKey

# 企业微信智能机器人：在内部群里 @ 它
# [[channel]]
# name = "robot"
# kind = "wecom_robot"
# corp_id = "ww0000000000000000"
# token = { env = "ZHIBU_ROBOT_TOKEN" }
# aes_key = { env = "ZHIBU_ROBOT_AES_KEY" }

# 公众号
# [[channel]]
# name = "mp"
# kind = "official_account"
# app_id = "wx0000000000000000"
# secret = { env = "ZHIBU_MP_SECRET" }
# token = { env = "ZHIBU_MP_TOKEN" }
# aes_key = { env = "ZHIBU_MP_AES_KEY" }
# mode = "safe"

# 群机器人：往一个群里发通知。key 是机器人地址里 key= 后面那一段
# [[channel]]
# name = "branch3"
# kind = "group_webhook"
# key = { env = "ZHIBU_BRANCH3_KEY" }
# unit = "第三党支部"

# 飞书、钉钉的群机器人也一样，kind 写 "feishu_group"（hook、secret）或 "dingtalk_group"（access_token、secret）
"""
