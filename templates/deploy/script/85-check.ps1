
# ---- Check --------------------------------------------------------------------------------------------------------------------

function Invoke-Check {
    $Need = $Run.Release.prerequisites
    $Tests = [ordered]@{
        'system' = { Test-System $Need }
        'scripts' = { Test-ScriptPolicy }
        'disk' = { Test-Space $Need }
        'ports' = { Read-InstalledRelease $Run.Release; Test-Port }
        'site' = { Test-SiteBinding }
        'nginx' = { Test-Nginx }
        'names' = { Test-NameResolution $Need }
        'clock' = { Test-Clock $Need }
        'restart' = { Test-Restart }
        'environment' = { Test-GoEnvironment $Need }
        'features' = { Test-Feature $Need }
        'domain' = { Test-Domain $Need }
        'accounts' = { Test-LogonRight }
        'policy' = { Test-Policy }
    }
    # One that cannot be carried out here, for example in the constrained language mode, is a finding of its own.
    foreach ($Name in $Tests.Keys) {
        try { & $Tests[$Name] }
        catch {
            $Run.ExitCode = 0
            Add-Finding 'problem' $Name "not checked: $($_.Exception.Message)" ''
        }
    }
    if (@($Run.Findings | Where-Object { $_.level -eq 'problem' }).Count -gt 0) { $Run.ExitCode = 3 }
}

function Test-System {
    param([object] $Need)
    $Groups = (Invoke-Native 'whoami.exe' @('/groups', '/fo', 'csv', '/nh')).Output
    if ($Groups -match 'S-1-16-(12288|16384)') { Add-Finding 'ok' 'administrator' 'elevated' }
    else { Add-Finding 'problem' 'administrator' 'this PowerShell is not elevated' 'Start-Process powershell.exe -Verb RunAs' }
    $System = Get-CimInstance -ClassName Win32_OperatingSystem
    if ([int]$System.BuildNumber -ge $Need.minimum_build) { Add-Finding 'ok' 'Windows' "$($System.Caption), build $($System.BuildNumber)" }
    else { Add-Finding 'problem' 'Windows' "build $($System.BuildNumber) is older than $($Need.minimum_build)" 'use Windows Server 2016 or later' }
    $Wanted = @{ amd64 = 'AMD64'; arm64 = 'ARM64'; '386' = 'x86' }[$Run.Release.product.architecture]
    $Found = $env:PROCESSOR_ARCHITECTURE
    if ($Found -eq $Wanted -or $Wanted -eq 'x86') { Add-Finding 'ok' 'architecture' $Found }
    else { Add-Finding 'problem' 'architecture' "this is the release for $Wanted, the server is $Found" "take the folder for $Found" }
}

# What decides whether and how a script may run here.
function Test-ScriptPolicy {
    $Version = $PSVersionTable.PSVersion
    if ($Version -ge [version]'5.1') { Add-Finding 'ok' 'PowerShell' "$Version" }
    else { Add-Finding 'problem' 'PowerShell' "version $Version is older than 5.1" 'install Windows Management Framework 5.1' }
    $Mode = Get-LanguageMode
    if ($Mode -eq 'FullLanguage') { Add-Finding 'ok' 'language mode' $Mode }
    else { Add-Finding 'problem' 'language mode' "$Mode (script rules of AppLocker or App Control)" 'allow this script by a rule, or install the MSI, which needs no script' }
    $Policy = "$(Get-ExecutionPolicy)"
    $ByGroup = @(Get-ExecutionPolicy -List | Where-Object { "$($_.Scope)" -like '*Policy' -and @('Restricted', 'AllSigned') -contains "$($_.ExecutionPolicy)" })
    if ($ByGroup.Count -gt 0) { Add-Finding 'warning' 'execution policy' "$Policy, by group policy: scripts must be signed, and -ExecutionPolicy does not help" 'sign Deploy.ps1, or set the policy to RemoteSigned' }
    elseif (@('Restricted', 'AllSigned') -contains $Policy) { Add-Finding 'warning' 'execution policy' $Policy 'Set-ExecutionPolicy -Scope Process RemoteSigned' }
    else { Add-Finding 'ok' 'execution policy' $Policy }
}

function Get-LanguageMode { return "$($ExecutionContext.SessionState.LanguageMode)" }

# Names that the deployment or its services ask for. Addresses need no resolution.
function Test-NameResolution {
    param([object] $Need)
    $Names = @($env:COMPUTERNAME)
    if ($Need.domain) { $Names += (Get-CimInstance -ClassName Win32_ComputerSystem).Domain }
    if ($Run.Release.server) { $Names += @($Run.Release.server.domain) + @($Run.Release.server.time_sources) }
    if ($Run.Release.rollout.prometheus) { $Names += ([Uri]$Run.Release.rollout.prometheus.url).Host }
    $Address = $null
    foreach ($Name in @($Names | Where-Object { $_ } | Sort-Object -Unique)) {
        if ([Net.IPAddress]::TryParse($Name, [ref]$Address)) { continue }
        $Found = @(Resolve-DnsName -Name $Name -ErrorAction SilentlyContinue | Where-Object { $_.PSObject.Properties['IPAddress'] } | ForEach-Object { $_.IPAddress })
        if ($Found.Count -gt 0) { Add-Finding 'ok' "name $Name" ($Found -join ', ') }
        else { Add-Finding 'problem' "name $Name" 'has no address' "Resolve-DnsName -Name $Name; Get-DnsClientServerAddress" }
    }
}

function Test-Space {
    param([object] $Need)
    $Drive = (Expand-DeployPath $Run.Release.locations.program).Substring(0, 1)
    $Free = (Get-PSDrive -Name $Drive).Free
    if ($Free -ge $Need.free_bytes) { Add-Finding 'ok' 'disk' ('{0:N0} MB free on {1}:' -f ($Free / 1MB), $Drive) }
    else { Add-Finding 'problem' 'disk' ('{0:N0} MB free on {1}:, {2:N0} MB needed' -f ($Free / 1MB), $Drive, ($Need.free_bytes / 1MB)) "cleanmgr.exe /d $Drive" }
}

# Ranges of TCP ports that Windows keeps for Hyper-V, containers and others: a program that wants one gets error 10013.
function Get-ExcludedPort {
    $Shown = Invoke-Native 'netsh.exe' @('interface', 'ipv4', 'show', 'excludedportrange', 'protocol=tcp') -AnyCode
    foreach ($Range in [regex]::Matches($Shown.Output, '(?m)^\s*(\d+)\s+(\d+)')) { [pscustomobject]@{ First = [int]$Range.Groups[1].Value; Last = [int]$Range.Groups[2].Value } }
}

function Test-Port {
    $Excluded = @(Get-ExcludedPort)
    foreach ($Unit in Get-Instance $Run.Release) {
        foreach ($Port in $Unit.Instance.ports) {
            $Listener = @(Get-NetTCPConnection -State Listen -LocalPort $Port.port -ErrorAction SilentlyContinue)
            $Name = $Unit.Instance.service_name
            $Range = $Excluded | Where-Object { $Port.port -ge $_.First -and $Port.port -le $_.Last } | Select-Object -First 1
            if ($Listener.Count -eq 0 -and $Range) { Add-Finding 'problem' "port $($Port.port)" "wanted by $Name, in the range $($Range.First) to $($Range.Last) that Windows keeps for others" 'netsh interface ipv4 show excludedportrange protocol=tcp' }
            elseif ($Listener.Count -eq 0) { Add-Finding 'ok' "port $($Port.port)" "free for $Name" }
            elseif ((Get-ServiceStatus $Name) -eq 'Running') { Add-Finding 'ok' "port $($Port.port)" "used by $Name" }
            else { Add-Finding 'problem' "port $($Port.port)" "wanted by $Name, used by process $($Listener[0].OwningProcess)" "Get-Process -Id $($Listener[0].OwningProcess)" }
        }
    }
}

function Test-Clock {
    param([object] $Need)
    $Source = $null
    if ($Run.Release.server -and @($Run.Release.server.time_sources).Count -gt 0) { $Source = @($Run.Release.server.time_sources)[0] }
    elseif ($Need.domain) { $Source = (Get-CimInstance -ClassName Win32_ComputerSystem).Domain }
    if (-not $Source) { return }
    $Seconds = Get-ClockSkew $Source
    if ($null -eq $Seconds) { Add-Finding 'warning' 'clock' "``$Source`` does not answer" "w32tm /stripchart /computer:$Source /samples:3"; return }
    if ($Seconds -gt $Need.clock_skew_seconds -and $Fix -and $Run.Cmdlet.ShouldProcess('clock', 'w32tm /resync')) {
        Start-TimeService
        Sync-Clock
        Add-Change 'clock set'
        $Seconds = Get-ClockSkew $Source
    }
    if ($null -ne $Seconds -and $Seconds -le $Need.clock_skew_seconds) { Add-Finding 'ok' 'clock' ('{0:0.0} s from {1}' -f $Seconds, $Source); return }
    Add-Finding 'problem' 'clock' ('{0:0} s from {1}: Kerberos fails beyond 300 s' -f $Seconds, $Source) 'w32tm /resync /force'
}

# Seconds between this clock and a time source, or nothing when it does not answer. w32tm.exe ends with an HRESULT of which
# no list is published, so its text decides.
function Get-ClockSkew {
    param([string] $Source)
    $Answer = (Invoke-Native 'w32tm.exe' @('/stripchart', "/computer:$Source", '/samples:1', '/dataonly') -AnyCode).Output
    $Found = [regex]::Match($Answer, '([-+]\d+[.,]\d+)s')
    if (-not $Found.Success) { return $null }
    return [Math]::Abs([double]::Parse($Found.Groups[1].Value.Replace(',', '.'), [Globalization.CultureInfo]::InvariantCulture))
}

# Asks the sources for the time. Whether it helped is seen by the clock.
function Sync-Clock {
    $Answer = Invoke-Native 'w32tm.exe' @('/resync', '/force') -AnyCode
    if ($Answer.Code -ne 0) { Write-Line "    w32tm /resync: $($Answer.Output)" }
}

# Runs the time service now and at every start of Windows.
function Start-TimeService {
    if ((Get-KeyValue 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time' 'Start') -ne 2) { Invoke-Native 'sc.exe' @('config', 'W32Time', 'start=', 'auto') | Out-Null }
    if ((Get-ServiceStatus 'W32Time') -eq 'Running') { return }
    Invoke-Native 'sc.exe' @('start', 'W32Time') -Expect 0, 1056 | Out-Null
    $Deadline = [DateTime]::UtcNow.AddSeconds(30)
    while ((Get-ServiceStatus 'W32Time') -ne 'Running') {
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run 'the service W32Time does not run 30 seconds after its start' 'the System log says why' }
        Start-Sleep -Milliseconds 200
    }
}

function Test-Restart {
    $Keys = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending',
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
    $Renames = Get-KeyValue 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager' 'PendingFileRenameOperations'
    if (@($Keys | Where-Object { Test-Path -LiteralPath $_ }).Count -eq 0 -and -not $Renames) { Add-Finding 'ok' 'restart' 'none pending' }
    else { Add-Finding 'warning' 'restart' 'Windows waits for a restart' 'Restart-Computer' }
}

function Test-GoEnvironment {
    param([object] $Need)
    $Key = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    $Set = @($Need.forbidden_environment | Where-Object { $null -ne (Get-KeyValue $Key $_) })
    if ($Set.Count -eq 0) { Add-Finding 'ok' 'environment' 'nothing that changes how a Go program runs' }
    foreach ($Name in $Set) { Add-Finding 'warning' 'environment' "$Name is set for the whole machine and changes how a Go program runs" "[Environment]::SetEnvironmentVariable('$Name', `$null, 'Machine')" }
}

function Test-Feature {
    param([object] $Need)
    if (@($Need.features).Count -gt 0) {
        $Features = Get-ServerFeature @($Need.features)
        $Missing = @($Features.Known | Where-Object { -not $_.Installed } | ForEach-Object { $_.Name })
        if ($Missing.Count -gt 0 -and $Fix -and $Run.Cmdlet.ShouldProcess(($Missing -join ', '), 'Install-WindowsFeature')) {
            foreach ($Name in $Missing) { Install-ServerFeature $Name }
            Add-Change "features $($Missing -join ', ')"
            $Missing = @()
        }
        foreach ($Name in $Features.Unknown) { Add-Finding 'problem' 'features' "this Windows has no feature $Name" 'Get-WindowsFeature' }
        if ($Missing.Count -gt 0) { Add-Finding 'problem' 'features' "missing: $($Missing -join ', ')" "Install-WindowsFeature -Name $($Missing -join ',')" }
        elseif ($Features.Unknown.Count -eq 0) { Add-Finding 'ok' 'features' ($Need.features -join ', ') }
    }
    if (@($Need.iis_modules).Count -eq 0) { return }
    $Schemas = "$env:SystemRoot\System32\inetsrv\config\schema"
    $Modules = [ordered]@{ 'URL Rewrite 2' = 'rewrite_schema.xml'; 'Application Request Routing 3' = 'arr_schema.xml' }
    foreach ($Name in $Modules.Keys) {
        if (Test-Path -LiteralPath "$Schemas\$($Modules[$Name])") { Add-Finding 'ok' $Name 'installed' }
        else { Add-Finding 'problem' $Name "not installed: there is no $Schemas\$($Modules[$Name])" 'download it from https://www.iis.net/downloads' }
    }
}

# Windows features by their names, and the names that this Windows does not know: it leaves them out without an error.
function Get-ServerFeature {
    param([string[]] $Names)
    if (-not (Get-Command -Name 'Get-WindowsFeature' -ErrorAction SilentlyContinue)) { return [pscustomobject]@{ Known = @(); Unknown = $Names } }
    $Known = @(Get-WindowsFeature -Name $Names)
    return [pscustomobject]@{ Known = $Known; Unknown = @($Names | Where-Object { @($Known | ForEach-Object { $_.Name }) -notcontains $_ }) }
}

# Server Core has no place for the consoles that belong to a role.
function Install-ServerFeature {
    param([string] $Name)
    $Tools = (Get-KeyValue 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'InstallationType') -ne 'Server Core'
    $Result = Install-WindowsFeature -Name $Name -IncludeManagementTools:$Tools
    if (-not $Result.Success) { Stop-Run "Windows did not add the feature ``$Name``: $($Result.ExitCode)" 'Get-WindowsFeature shows whether its files are there; without them give Install-WindowsFeature a -Source' }
    if ("$($Result.RestartNeeded)" -eq 'Yes') { $Run.Restart = $true }
}

function Test-Domain {
    param([object] $Need)
    if (-not $Need.domain) { return }
    $Computer = Get-CimInstance -ClassName Win32_ComputerSystem
    if ($Computer.PartOfDomain) { Add-Finding 'ok' 'domain' $Computer.Domain }
    else { Add-Finding 'problem' 'domain' 'a service logs on with a domain account, and the server is in no domain' 'Add-Computer -DomainName NAME -Restart' }
}

# The right to log on as a service, where a group policy says who has it.
function Test-LogonRight {
    $Accounts = @($Run.Release.services | Where-Object { $_.account.needs_logon_right } | ForEach-Object { $_.account.name } | Sort-Object -Unique)
    foreach ($Account in $Accounts) {
        if (Test-PolicyForbids $Account) { Add-Finding 'problem' "account $Account" 'a group policy gives the right to log on as a service to others only' 'gpresult /h report.html' }
        else { Add-Finding 'ok' "account $Account" 'no group policy takes the right to log on as a service from it' }
    }
}

function Test-Policy {
    $Uac = Get-KeyValue 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System' 'EnableLUA'
    if ($Uac -eq 0) { Add-Finding 'warning' 'UAC' 'switched off' 'set EnableLUA to 1 by group policy' } else { Add-Finding 'ok' 'UAC' 'on' }
    $Enforced = $false
    foreach ($Kind in 'Exe', 'Msi', 'Script') {
        $Mode = Get-KeyValue "HKLM:\SOFTWARE\Policies\Microsoft\Windows\SrpV2\$Kind" 'EnforcementMode'
        if ($Mode -ne 1) { continue }
        $Enforced = $true
        Add-Finding 'warning' 'AppLocker' "$Kind rules are enforced" 'add the rules of applocker.xml before Install'
    }
    if (-not $Enforced) { Add-Finding 'ok' 'AppLocker' 'no rules of group policy are enforced' }
    elseif ((Get-ServiceStatus 'AppIDSvc') -ne 'Running') { Add-Finding 'warning' 'AppLocker' 'its service does not run, so that rules have no effect' 'sc.exe start AppIDSvc' }
    if (@($Run.Release.firewall).Count -eq 0) { return }
    foreach ($Name in 'DomainProfile', 'PrivateProfile', 'PublicProfile') {
        if ((Get-KeyValue "HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall\$Name" 'AllowLocalPolicyMerge') -eq 0) {
            Add-Finding 'problem' 'firewall' "group policy ignores local rules ($Name)" 'put the rules of security.md into the policy'
        }
    }
}
