
# -- IIS with Application Request Routing --

# appcmd.exe; 183: it is there already; 50, 1168 and 4312: it is gone already.
function Invoke-Appcmd {
    param([string[]] $Arguments, [int[]] $Expect = @(0))
    return Invoke-Native (Resolve-Tool "$env:SystemRoot\System32\inetsrv" 'appcmd.exe') $Arguments -Expect $Expect
}

function Get-FarmUnit {
    param([object] $Release, [object] $Farm)
    return @(Get-Instance $Release | Where-Object { $_.Service.name -eq $Farm.service })
}

# Everything in front, as calls of appcmd: pool and site, proxy, farms with servers, rules.
function Get-IisCall {
    param([object] $Release)
    $Iis = $Release.proxy.iis
    $Root = "$env:SystemDrive\inetpub\$($Iis.site)"
    , @('add', 'apppool', "/name:$($Iis.site)")
    , @('set', 'apppool', $Iis.site, '/autoStart:true', '/startMode:AlwaysRunning', '/managedRuntimeVersion:', '/processModel.idleTimeout:00:00:00', '/recycling.periodicRestart.time:00:00:00')
    , @('add', 'site', "/name:$($Iis.site)", "/bindings:http/*:$($Iis.port):", "/physicalPath:$Root")
    , @('set', 'app', "$($Iis.site)/", "/applicationPool:$($Iis.site)")
    # 16 KB is what HTTP.sys takes for a request's head.
    , @('set', 'config', $Iis.site, (Get-IisFilterSection), "/requestLimits.maxAllowedContentLength:$($Iis.max_body_bytes)", '/requestLimits.maxUrl:16384',
        '/requestLimits.maxQueryString:16384', '/allowDoubleEscaping:true', '/fileExtensions.allowUnlisted:true', '/commit:apphost')
    , @('set', 'config', '/section:system.webServer/proxy', '/enabled:true', '/commit:apphost')
    , @('set', 'config', '/section:system.webServer/rewrite/allowedServerVariables', "/+[name='HTTP_X_FORWARDED_PROTO']", '/commit:apphost')
    foreach ($Farm in Get-Farm $Release) { Get-IisFarmCall $Release $Farm }
    # The redirect to https first: the first rule that matches wins.
    if ($Iis.tls) { Get-IisTlsCall $Release }
    foreach ($Route in $Release.proxy.routes) { foreach ($Scheme in Get-IisScheme $Iis) { Get-IisRuleCall $Release $Route $Scheme } }
}

function Get-IisFilterSection { return '/section:system.webServer/security/requestFiltering' }

function ConvertTo-TimeSpan {
    param([int] $Seconds)
    return [TimeSpan]::FromSeconds($Seconds).ToString('hh\:mm\:ss')
}

function Get-IisFarmCall {
    param([object] $Release, [object] $Farm)
    $Section = '/section:webFarms'
    $Name = "[name='$($Farm.farm)']"
    , @('set', 'config', $Section, "/+[name='$($Farm.farm)',enabled='true']", '/commit:apphost')
    foreach ($Unit in Get-FarmUnit $Release $Farm) {
        $Server = "[address='$($Unit.Instance.host_alias)']"
        $Port = ($Unit.Instance.ports | Where-Object { $_.name -eq $Farm.port }).port
        , @('set', 'config', $Section, "/+$Name.[address='$($Unit.Instance.host_alias)',enabled='false']", '/commit:apphost')
        , @('set', 'config', $Section, "/$Name.$Server.applicationRequestRouting.httpPort:$Port", '/commit:apphost')
    }
    $Service = Get-ServiceModel $Release $Farm.service
    if ($Service.health -and $Service.health.http_path -and $Service.health.port -eq $Farm.port) {
        , @('set', 'config', $Section, "/$Name.applicationRequestRouting.healthCheck.url:http://$($Farm.farm)$($Service.health.http_path)",
            "/$Name.applicationRequestRouting.healthCheck.interval:00:00:05", "/$Name.applicationRequestRouting.healthCheck.timeout:00:00:05",
            "/$Name.applicationRequestRouting.healthCheck.statusCodeMatch:200", '/commit:apphost')
    }
    # Only the weighted algorithms follow the weights.
    , @('set', 'config', $Section, "/$Name.applicationRequestRouting.loadBalancing.algorithm:WeightedRoundRobin", '/commit:apphost')
    # Requests through a farm follow its own protocol element, not system.webServer/proxy. No buffer: server-sent events must pass.
    $Iis = $Release.proxy.iis
    $Protocol = "/$Name.applicationRequestRouting.protocol"
    , @('set', 'config', $Section, "$Protocol.timeout:$(ConvertTo-TimeSpan $Iis.timeout_seconds)",
        "$Protocol.preserveHostHeader:$("$($Iis.preserve_host_header)".ToLowerInvariant())",
        "$Protocol.reverseRewriteHostInResponseHeaders:$("$($Iis.reverse_rewrite_host)".ToLowerInvariant())",
        "$Protocol.includePortInXForwardedFor:false", "$Protocol.minResponseBuffer:0", "$Protocol.responseBufferLimit:0",
        "$Protocol.cache.enabled:false", '/commit:apphost')
}

# The ways in which requests come to the site: plain HTTP unless it is redirected, and HTTPS with TLS. Global rules see the requests
# of every site of the server: the ports, and with TLS the host, are those of this site.
function Get-IisScheme {
    param([object] $Iis)
    $Plain = "^$($Iis.port):"
    if (-not $Iis.tls) { return [pscustomobject]@{ Name = 'http'; Suffix = ''; Pattern = $Plain } }
    [pscustomobject]@{ Name = 'https'; Suffix = ''; Pattern = "^$($Iis.tls.port):$([regex]::Escape($Iis.tls.host))(:\d+)?$" }
    if (-not $Iis.tls.redirect) { [pscustomobject]@{ Name = 'http'; Suffix = ' (http)'; Pattern = $Plain } }
}

function Get-IisRuleName {
    param([object] $Release, [object] $Route, [object] $Scheme)
    return "$($Release.product.name) $($Route.host)$($Route.prefix)$($Scheme.Suffix)"
}

function Get-IisRuleCall {
    param([object] $Release, [object] $Route, [object] $Scheme)
    $Section = '/section:system.webServer/rewrite/globalRules'
    $Rule = Get-IisRuleName $Release $Route $Scheme
    $Name = "[name='$Rule']"
    $Pattern = '^' + [regex]::Escape($Route.prefix.TrimStart('/')) + '.*'
    , @('set', 'config', $Section, "/+[name='$Rule',patternSyntax='ECMAScript',stopProcessing='true']", '/commit:apphost')
    , @('set', 'config', $Section, "/$Name.match.url:$Pattern", "/$Name.action.type:Rewrite", "/$Name.action.url:http://$($Route.farm)/{R:0}", '/commit:apphost')
    , @('set', 'config', $Section, "/+$Name.serverVariables.[name='HTTP_X_FORWARDED_PROTO',value='$($Scheme.Name)']", '/commit:apphost')
    , @('set', 'config', $Section, "/+$Name.conditions.[input='{SERVER_PORT}:{HTTP_HOST}',pattern='$($Scheme.Pattern)']", '/commit:apphost')
    if ($Route.host) {
        , @('set', 'config', $Section, "/+$Name.conditions.[input='{HTTP_HOST}',pattern='^$([regex]::Escape($Route.host))(:\d+)?$']", '/commit:apphost')
    }
}

function Get-IisTlsCall {
    param([object] $Release)
    $Iis = $Release.proxy.iis
    , @('set', 'site', $Iis.site, "/+bindings.[protocol='https',bindingInformation='*:$($Iis.tls.port):$($Iis.tls.host)',sslFlags='1']")
    if (-not $Iis.tls.redirect) { return }
    $Section = '/section:system.webServer/rewrite/globalRules'
    $Rule = "$($Release.product.name) to https"
    $Target = if ($Iis.tls.port -eq 443) { $Iis.tls.host } else { "$($Iis.tls.host):$($Iis.tls.port)" }
    , @('set', 'config', $Section, "/+[name='$Rule',patternSyntax='ECMAScript',stopProcessing='true']", '/commit:apphost')
    , @('set', 'config', $Section, "/[name='$Rule'].match.url:(.*)", "/[name='$Rule'].action.type:Redirect", "/[name='$Rule'].action.url:https://$Target/{R:1}",
        "/[name='$Rule'].action.redirectType:Permanent", '/commit:apphost')
    , @('set', 'config', $Section, "/+[name='$Rule'].conditions.[input='{HTTPS}',pattern='^OFF$']", '/commit:apphost')
    , @('set', 'config', $Section, "/+[name='$Rule'].conditions.[input='{SERVER_PORT}',pattern='^$($Iis.port)$']", '/commit:apphost')
}
