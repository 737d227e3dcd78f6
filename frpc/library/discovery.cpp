// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/discovery.h"

#include "common/library/publicservices.h"
#include "common/net/hostaddress.h"
#include "frpc/library/conversions.h"

#include <QPromise>

#include <functional>
#include <map>
#include <optional>

#include <Frpx/discovery.h>

using namespace Qt::StringLiterals;

namespace Frpx {

namespace {

constexpr size_t maxQuestions = 16; // each has a connection

} // namespace

/// The private part of Discovery: one discovery object of the product for each query.
class DiscoveryPrivate
{
public:
    struct Question
    {
        std::unique_ptr<frpx::client::Discovery> discovery;
        std::function<void(const Error &error)> fail;
    };

    /// Queued, so that the program may delete everything in its continuation. Calls \a done with a value from
    /// \a found, and deletes the query before.
    template <typename T, typename Found>
    QFuture<Answer<T>> ask(
        Discovery *context, Found found, const std::function<void(frpx::client::Discovery &)> &start)
    {
        auto promise = std::make_shared<QPromise<Answer<T>>>(); // shared, as std::function has to be copyable
        promise->start();
        QFuture<Answer<T>> future = promise->future();
        const auto finish = [promise](const Answer<T> &answer) {
            promise->addResult(answer);
            promise->finish();
        };
        if (fault) {
            finish({{}, *fault});
            return future;
        }
        if (questions.size() >= maxQuestions) {
            finish({{}, {ErrorCode::Busy, u"Too many queries to the server are open."_s}});
            return future;
        }
        const quint64 id = ++last;
        auto discovery = std::make_unique<frpx::client::Discovery>(target);
        found(*discovery, context, [this, id, finish](const T &value) {
            if (questions.erase(id) > 0)
                finish({value, {}});
        });
        const auto fail = [finish](const Error &error) { finish({{}, error}); };
        const auto end = [this, id, fail](const frpx::Error &error) {
            if (questions.erase(id) > 0)
                fail(toPublic(error));
        };
        QObject::connect(
            discovery.get(), &frpx::client::Discovery::failed, context, end, Qt::QueuedConnection);
        QObject::connect(
            discovery.get(), &frpx::client::Discovery::serverRefused, context,
            [end](const frpx::client::ServerCertificate &, const frpx::Error &error) { end(error); },
            Qt::QueuedConnection);
        start(*discovery);
        questions.emplace(id, Question{std::move(discovery), fail});
        return future;
    }

    frpx::client::Discovery::Target target;
    std::optional<Error> fault; ///< of the target
    std::map<quint64, Question> questions;
    quint64 last = 0;
};

Discovery::Discovery(const DiscoveryTarget &target, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<DiscoveryPrivate>())
{
    if (frpx::Result<QString> host = frpx::net::parseHost(target.serverHost, u"controlPort"))
        d->target.host = *std::move(host);
    else
        d->fault =
            Error{ErrorCode::InvalidArgument, u"DiscoveryTarget::serverHost %1."_s.arg(host.error().detail)};
    d->target.controlPort = target.controlPort;
    d->target.tls = fromPublic(target.tls);
    d->target.proxy = fromPublic(target.proxy);
    d->target.token = target.token;
    d->target.email = target.email;
    d->target.password = target.password;
}

Discovery::~Discovery()
{
    const auto questions = std::exchange(d->questions, {});
    for (const auto &[id, question] : questions)
        question.fail({ErrorCode::Cancelled, u"The Discovery is deleted."_s});
}

QFuture<Answer<ServiceList>> Discovery::services(const QString &prefix)
{
    return d->ask<ServiceList>(
        this,
        [](const frpx::client::Discovery &from, Discovery *context, const auto &done) {
            connect(
                &from, &frpx::client::Discovery::servicesFound, context,
                [done](const std::vector<frpx::Service> &services) { done(frpx::publicServices(services)); },
                Qt::QueuedConnection);
        },
        [prefix](frpx::client::Discovery &discovery) { discovery.findServices(prefix); });
}

QFuture<Answer<PortList>> Discovery::freePorts()
{
    return d->ask<PortList>(
        this,
        [](const frpx::client::Discovery &from, Discovery *context, const auto &done) {
            connect(
                &from, &frpx::client::Discovery::freePortsFound, context,
                [done](const std::vector<frpx::PortRange> &ports) { done(frpx::publicPorts(ports)); },
                Qt::QueuedConnection);
        },
        [](frpx::client::Discovery &discovery) { discovery.findFreePorts(); });
}

} // namespace Frpx
